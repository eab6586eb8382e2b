import { Fault } from '../../contracts/kernel/fault.ts';
import { issuedNumberTransitions, numberingActions } from '../../contracts/numbering/numbering.actions.ts';
import { issuedNumberMachine } from '../../contracts/numbering/numbering.machine.ts';
import { issuedNumberRecord, numberingRuleRecord } from '../../contracts/numbering/numbering.record.ts';
import { machineHandlers } from '../kit/machine.ts';
import { type Call, type Handler, handle, readHandlers } from '../kit/service.ts';
import { numberAt, readPattern, seriesOf } from './pattern.ts';
import { fillingOf, ruleInForce } from './rules.ts';

/** Longest number that fits every label and index. */
const longest = 56;

export const issueHandlers: Handler[] = [
  ...readHandlers(issuedNumberRecord, numberingActions.issued),
  ...machineHandlers(issuedNumberMachine, issuedNumberTransitions, {}),
  handle(numberingActions.issued.issue, async ({ rule: code, count = 1, scope, purpose }, call) => {
    const filling = await fillingOf(call, '', scope);
    return call.write(async (work) => {
      const rule = await ruleInForce(work, code);
      const pattern = readPattern(rule.pattern, rule.facility);
      const filled = { ...filling, facility: rule.facility };
      if (pattern.uses.has('scope') && !filled.scope)
        throw new Fault('kernel.params.invalid', { issues: `scope: ${rule.pattern}` });
      const prefix = seriesOf(pattern, filled);
      if (prefix.length + pattern.digits > longest)
        throw new Fault('numbering.pattern.invalid', {
          reason: `编号超过 ${longest} 个字符 · numbers are longer than ${longest} characters`,
        });
      const series = `${rule.id}/${prefix}`;
      const next = await work.numbers(`number/${series}`, count);
      const items = [];
      for (let i = 0; i < count; i++) {
        const place = next();
        if (place >= 10 ** pattern.digits)
          throw new Fault('numbering.series.exhausted', {
            series: prefix,
            width: pattern.digits,
            rule: rule.code,
          });
        items.push(
          work.insert(issuedNumberRecord, {
            number: numberAt(pattern, filled, place),
            rule: rule.code,
            ruleId: rule.id,
            ruleVersion: rule.version,
            series,
            place,
            state: 'ISSUED',
            stateReason: '',
            purpose: purpose ?? '',
            subjectKind: '',
            subjectId: '',
          }),
        );
      }
      return { items };
    });
  }),
  handle(numberingActions.reconcile, ({ id, series }, call) => reconcile(call, id, series)),
];

/** Counts of a series over all organisations that draw from it; only numbers of places leave, no row. */
async function reconcile(call: Call, id: string, series: string) {
  const { kit, meta } = call;
  const [rule] = await kit.find(numberingRuleRecord, meta.caller, { id, forOrg: ['', meta.caller.orgId] });
  if (!rule) throw new Fault('kernel.record.missing', { record: 'numberingRule', id });
  const where = { ruleId: id, series };
  const count = async (state: string): Promise<number> =>
    (await kit.list(issuedNumberRecord, 'system', { pageSize: 1 }, { where: { ...where, state } })).total;
  const [issued, used, voided] = await Promise.all([count('ISSUED'), count('USED'), count('VOIDED')]);
  const [last] = await kit.find(issuedNumberRecord, 'system', where, {
    orderBy: 'place',
    descending: true,
    limit: 1,
  });
  const place = last?.place ?? 0;
  return { last: place, issued, used, voided, complete: issued + used + voided === place };
}
