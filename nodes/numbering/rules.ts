import type { Params, Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import { numberingActions } from '../../contracts/numbering/numbering.actions.ts';
import { numberingRuleRecord } from '../../contracts/numbering/numbering.record.ts';
import { orgActions } from '../../contracts/org/org.actions.ts';
import { groupOrg } from '../kit/caller.ts';
import { type Call, type Handler, handle, readHandlers, refuseStale } from '../kit/service.ts';
import type { Work } from '../kit/work.ts';
import { type Filling, numberAt, readPattern, seriesOf } from './pattern.ts';

export type Rule = Row<typeof numberingRuleRecord>;

/** Whose rules the caller writes: the group's are written by those who work in the group. */
const ownerOf = (call: Call): string => (call.meta.caller.orgId === groupOrg ? '' : call.meta.caller.orgId);

export async function fillingOf(call: Call, facility: string, scope = ''): Promise<Filling> {
  const { orgs } = await call.callAsSystem(orgActions.snapshot, {});
  const org = orgs.find((o) => o.id === call.meta.caller.orgId)?.code ?? '';
  return { org, facility, scope, now: call.kit.clock() };
}

/** The rule in force for an organisation: its own before the group's. */
export async function ruleInForce(work: Work, code: string): Promise<Rule> {
  const { orgId } = work.meta.caller;
  const rows = await work.load(numberingRuleRecord, {
    code,
    active: true,
    voidedAt: null,
    forOrg: ['', orgId],
  });
  const rule = rows.find((r) => r.forOrg === orgId) ?? rows[0];
  if (!rule) throw new Fault('numbering.rule.missing', { rule: code });
  return rule;
}

export const ruleHandlers: Handler[] = [
  ...readHandlers(numberingRuleRecord, numberingActions),
  handle(numberingActions.create, (params, call) => {
    readPattern(params.pattern, params.facility);
    return call.write(async (work) => {
      const forOrg = ownerOf(call);
      const [known] = await work.load(numberingRuleRecord, { code: params.code, forOrg });
      if (known) throw new Fault('kernel.record.duplicate', { field: 'code' });
      return work.insert(numberingRuleRecord, { facility: '', ...params, forOrg, active: true });
    });
  }),
  handle(numberingActions.change, (params, call) => changeRule(params, call)),
  handle(numberingActions.preview, async ({ pattern, facility = '', scope }, call) => {
    const read = readPattern(pattern, facility);
    const filling = await fillingOf(call, facility, scope || (read.uses.has('scope') ? 'A1' : ''));
    return {
      numbers: [1, 2, 3].filter((n) => n < 10 ** read.digits).map((n) => numberAt(read, filling, n)),
      series: seriesOf(read, filling),
    };
  }),
];

function changeRule(
  params: Params<typeof numberingActions.change>,
  call: Call,
): Promise<Result<typeof numberingActions.change>> {
  const { id, version, reason, ...changes } = params;
  return call.write(async (work) => {
    const rule = await work.loadOne(numberingRuleRecord, id);
    refuseStale(version, rule.version);
    if (rule.forOrg !== ownerOf(call)) throw new Fault('numbering.rule.foreign');
    const next = { ...rule, ...changes };
    readPattern(next.pattern, next.facility);
    return work.update(numberingRuleRecord, rule, changes, 'change', reason ?? '');
  });
}
