import { auditActions } from '../../contracts/audit/audit.actions.ts';
import { sealedTable } from '../../contracts/kernel/system.tables.ts';
import { userActions } from '../../contracts/user/user.actions.ts';
import { verifyPart } from '../kit/audit.ts';
import { groupOrg } from '../kit/caller.ts';
import { type Call, defineService, handle } from '../kit/service.ts';
import { archive } from './archive.ts';
import { changesOf } from './changes.ts';
import { type Entry, entryOf, searchTrail } from './search.ts';

/** Entries that one call recomputes: a fraction of a second. */
const part = 20_000;

/** The trail of all words: searched, shown, verified, taken out. */
export const auditService = defineService('audit', (kit) => ({
  handlers: [
    handle(auditActions.list, async (params, call) => {
      const found = await searchTrail(kit, call.meta.caller.orgId, params);
      return { ...found, items: await named(call, found.items) };
    }),
    handle(auditActions.get, async ({ id }, call) => {
      const found = await entryOf(kit, call.meta.caller.orgId, id);
      const [entry] = await named(call, [found]);
      return { entry: entry!, changes: changesOf(found, kit.registry), hash: found.hash };
    }),
    handle(auditActions.verify, async ({ from = 1 }) => {
      const link = async (seq: number) => (await kit.find(sealedTable, 'system', { seq }))[0];
      const before = from > 1 ? await link(from - 1) : { seq: 0, hash: '' };
      const [tip] = await kit.find(sealedTable, 'system', {}, { orderBy: 'seq', descending: true, limit: 1 });
      const total = tip?.seq ?? 0;
      if (!before)
        return {
          ok: from - 1 > total,
          checked: 0,
          brokenAt: from - 1 > total ? null : from - 1,
          next: from,
          total,
          done: true,
        };
      const { ok, checked, brokenAt, last, ended } = await verifyPart(
        { log: kit.databases.log, vault: kit.vault },
        before,
        part,
      );
      return { ok, checked, brokenAt: brokenAt ?? null, next: last.seq + 1, total, done: ended };
    }),
    handle(auditActions.archive, archive),
  ],
}));

/** Entries without their contents, with the names people go by today. */
async function named(call: Call, entries: readonly Entry[]) {
  const ids = [...new Set(entries.map((e) => e.actor))].filter((a) => !a.includes(':'));
  const names = new Map<string, string>();
  for (let i = 0; i < ids.length; i += 50) {
    const asked = ids.slice(i, i + 50);
    const meta = {
      caller: { ...call.meta.caller, orgId: groupOrg, permissions: ['*'] },
      requestId: call.meta.requestId,
    };
    const { items } = await call.kit.call(
      userActions.list,
      { filter: { id: asked.join(',') }, pageSize: 50 },
      meta,
    );
    for (const user of items) names.set(user.id, user.name);
  }
  return entries.map(({ before: _b, after: _a, hash: _h, ...entry }) => ({
    ...entry,
    actorName: names.get(entry.actor) ?? entry.actor,
  }));
}
