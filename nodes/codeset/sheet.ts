import type { codeSheetActions } from '../../contracts/codeset/code-sheet.actions.ts';
import { codeMapped } from '../../contracts/codeset/codeset.events.ts';
import { codeEntryRecord, codeMissRecord, codeTableRecord } from '../../contracts/codeset/codeset.record.ts';
import type { Params, Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { CallMeta } from '../kit/caller.ts';
import { iso } from '../kit/ids.ts';
import type { Kit } from '../kit/kit.ts';
import type { Call } from '../kit/service.ts';
import type { Work } from '../kit/work.ts';
import { again } from './again.ts';
import { idOf } from './ids.ts';
import { csvLine, type SheetLine, sheetLines } from './sheet-lines.ts';
import { holds } from './span.ts';

type Imported = Result<typeof codeSheetActions.import>;
interface Pair {
  readonly from: string;
  readonly to: string;
  readonly note: string;
}

/** The pairs that hold now, as a spreadsheet opens them; read back by `importSheet` it changes nothing. */
export async function exportSheet(
  { id }: Params<typeof codeSheetActions.export>,
  { kit, meta }: Call,
): Promise<Result<typeof codeSheetActions.export>> {
  const table = await tableOf(kit, meta, id);
  const entries = await kit.find(codeEntryRecord, meta.caller, { table: table.code, voidedAt: null });
  const now = iso(kit.clock());
  const lines = entries
    .filter((e) => holds(e, now))
    .sort((a, b) => (a.from < b.from ? -1 : 1))
    .map((e) => csvLine([e.from, e.to, e.note]));
  return { name: `${table.code}.csv`, text: `\uFEFF${csvLine(['from', 'to', 'note'])}${lines.join('')}` };
}

async function tableOf(kit: Kit, { caller }: CallMeta, id: string) {
  const [table] = await kit.find(codeTableRecord, caller, { id, voidedAt: null });
  if (!table) throw new Fault('kernel.record.missing', { record: codeTableRecord.name, id });
  return table;
}

/** Adds and changes the pairs of a sheet in one transaction; with `check` it only counts. */
export async function importSheet(
  { id, text, check }: Params<typeof codeSheetActions.import>,
  call: Call,
): Promise<Imported> {
  await tableOf(call.kit, call.meta, id);
  const { pairs, problems } = pairsOf(sheetLines(text));
  if (problems.length > 0 && !check)
    throw new Fault('codeset.sheet.invalid', { count: problems.length, line: problems[0]!.line });
  return again(() =>
    call.write(async (work) => {
      const table = await work.loadOne(codeTableRecord, id);
      const known = new Map(
        (await work.load(codeEntryRecord, { table: table.code }, { lock: !check })).map((e) => [e.from, e]),
      );
      const counts = { added: 0, changed: 0, same: 0 };
      const fresh: string[] = [];
      for (const { from, to, note } of pairs) {
        const before = known.get(from);
        if (
          before &&
          before.voidedAt === null &&
          holds(before, work.now) &&
          before.to === to &&
          (note === '' || before.note.trim() === note)
        ) {
          counts.same++;
          continue;
        }
        counts[before ? 'changed' : 'added']++;
        fresh.push(from);
        if (check) continue;
        const values = { to, validFrom: null, validUntil: null, voidedAt: null };
        if (before)
          work.update(codeEntryRecord, before, { ...values, ...(note === '' ? {} : { note }) }, 'import');
        else
          work.insert(codeEntryRecord, {
            id: idOf(table.orgId, table.code, from),
            table: table.code,
            from,
            note,
            owner: '',
            ...values,
          });
      }
      if (!check) await tell(work, table.code, fresh);
      return { ...counts, problems: problems.slice(0, 100) };
    }),
  );
}

/** Misses that are answered are closed and their messages set free; one event is enough for the rest. */
async function tell(work: Work, table: string, from: readonly string[]): Promise<void> {
  if (from.length === 0) return;
  const open = new Map((await work.load(codeMissRecord, { table, state: 'OPEN' })).map((m) => [m.code, m]));
  const answered = from.filter((code) => open.has(code));
  for (const code of answered) work.update(codeMissRecord, open.get(code)!, { state: 'MAPPED' });
  for (const code of answered.length ? answered : from.slice(0, 1))
    work.event(codeMapped, work.meta.caller.orgId, idOf(work.meta.caller.orgId, table, code), {
      table,
      from: code,
    });
}

function pairsOf(lines: readonly SheetLine[]): { pairs: Pair[]; problems: Imported['problems'] } {
  const pairs = new Map<string, Pair>();
  const problems: Imported['problems'] = [];
  for (const { line, cells } of lines) {
    const [from = '', to = '', note = ''] = cells.map((cell) => cell.trim().replace(/^'(?=[=+@-])/, ''));
    const kind =
      cells.length < 2
        ? 'columns'
        : from === '' || from.length > 100
          ? 'source'
          : to.length > 100
            ? 'target'
            : note.length > 200
              ? 'note'
              : pairs.has(from)
                ? 'twice'
                : undefined;
    if (kind) problems.push({ line, kind });
    else pairs.set(from, { from, to, note });
  }
  return { pairs: [...pairs.values()], problems };
}
