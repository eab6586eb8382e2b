import type { MissItem } from '../../contracts/codeset/codeset.actions.ts';
import { codeMapped } from '../../contracts/codeset/codeset.events.ts';
import { codeEntryRecord, codeMissRecord } from '../../contracts/codeset/codeset.record.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import type { Call } from '../kit/service.ts';
import type { Work } from '../kit/work.ts';
import { again } from './again.ts';
import { idOf } from './ids.ts';
import { holds } from './span.ts';

type Miss = Row<typeof codeMissRecord>;

/** One work item for each code, with count and last message. A message told again right away is not counted twice. */
export async function reportMisses(items: readonly MissItem[], call: Call): Promise<{ open: number }> {
  const { orgId } = call.meta.caller;
  const byId = new Map<string, MissItem[]>();
  for (const item of items) {
    const id = idOf(orgId, item.table, item.code);
    const same = byId.get(id);
    if (same) same.push(item);
    else byId.set(id, [item]);
  }
  const ids = [...byId.keys()].sort();
  if (ids.length === 0) return { open: 0 };
  return again(() =>
    call.write(async (work) => {
      const misses = new Map((await work.load(codeMissRecord, { id: ids })).map((m) => [m.id, m]));
      const mapped = await work.load(codeEntryRecord, { id: ids, voidedAt: null }, { lock: false });
      const answered = new Set(mapped.filter((e) => holds(e, work.now)).map((e) => e.id));
      for (const id of ids) {
        const told = byId.get(id)!;
        const state = answered.has(id) ? 'MAPPED' : 'OPEN';
        count(work, id, told, misses.get(id), state);
        const { table, code } = told[0]!;
        if (state === 'MAPPED') work.event(codeMapped, orgId, id, { table, from: code });
      }
      return { open: ids.length - answered.size };
    }),
  );
}

function count(
  work: Work,
  id: string,
  told: readonly MissItem[],
  known: Miss | undefined,
  state: Miss['state'],
): void {
  const { table, code, channel, messageId } = told.at(-1)!;
  const messages = new Set(told.map((i) => i.messageId));
  if (known) messages.delete(known.lastMessageId);
  if (known && known.state === state && messages.size === 0) return;
  const seen = { channel, lastMessageId: messageId, state };
  if (known) work.update(codeMissRecord, known, { ...seen, count: known.count + messages.size });
  else work.insert(codeMissRecord, { id, table, code, ...seen, count: messages.size });
}
