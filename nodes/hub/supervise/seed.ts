import { channelRecord } from '../../../contracts/channel/channel.record.ts';
import { codesetActions } from '../../../contracts/codeset/codeset.actions.ts';
import { orgActions } from '../../../contracts/org/org.actions.ts';
import { groupOrg, systemCaller } from '../../kit/caller.ts';
import type { Kit } from '../../kit/kit.ts';
import { addChannel, readText } from './definitions.ts';
import type { Shipped } from './profile.ts';

/** Gives every organisation the shipped code tables, and the demo hospital its channels. What people changed stays. */
export async function seedHub(kit: Kit, shipped: Shipped, demo: boolean): Promise<void> {
  const { items } = await kit.call(
    orgActions.list,
    { filter: { kind: 'org' }, pageSize: 200 },
    { caller: systemCaller('seed', groupOrg), requestId: kit.id() },
  );
  for (const org of items) {
    const tables = shipped.tables.map((t) => ({
      code: t.table,
      name: t.title.zh,
      nameEn: t.title.en,
      source: t.source,
      target: t.target,
      entries: t.entries.map((e) => ({ from: e.from, to: e.to, note: e.note ?? '' })),
    }));
    await kit.call(
      codesetActions.load,
      { tables },
      { caller: systemCaller('seed', org.id), requestId: kit.id() },
    );
  }
  if (!demo) return;
  const byCode = new Map(items.map((o) => [o.code, o.id]));
  const endpoints = shipped.endpoints.map(({ def }) => def);
  for (const { text } of [...shipped.endpoints, ...shipped.channels]) {
    const read = readText(text, endpoints);
    const orgId = byCode.get(read.org ?? '');
    if (!orgId) continue;
    await kit.work({ caller: systemCaller('seed', orgId), requestId: kit.id() }, async (work) => {
      const [known] = await work.load(channelRecord, { code: read.code });
      if (known) return;
      const id = `${orgId.slice(0, 12)}-${read.code}`.slice(0, 36);
      addChannel(work, read, { id, text }, '随产品提供 · As shipped');
    });
  }
}
