import type { ReceiveItem } from '../../contracts/kernel/receive.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import { masterItemRecord } from '../../contracts/masterdata/master-item.record.ts';
import type { Canonical, CanonicalOf } from '../../contracts/message/canonical.ts';
import type { Apply, Prepared } from '../kit/receive.ts';
import type { Work } from '../kit/work.ts';

type Item = Row<typeof masterItemRecord>;
type Changed = CanonicalOf<'MasterDataChanged'>;

const keyOf = (catalogue: string, system: string, code: string): string => `${catalogue}|${system}|${code}`;

/** Loads what a batch speaks of and gives the function that applies one message to it. What is the same changes nothing. */
export async function prepareItems(items: readonly ReceiveItem[], work: Work): Promise<Prepared> {
  const changes = items.flatMap(({ message }) => {
    const m = message as Canonical;
    return m.type === 'MasterDataChanged' ? [m] : [];
  });
  const codes = [...new Set(changes.flatMap((m) => m.items.map((i) => i.code)))];
  const known = new Map<string, Item>();
  for (let i = 0; i < codes.length; i += 500)
    for (const row of await work.load(masterItemRecord, { code: codes.slice(i, i + 500) }))
      known.set(keyOf(row.catalogue, row.system, row.code), row);
  const apply: Apply = ({ message }) => {
    const m = message as Canonical;
    if (m.type !== 'MasterDataChanged') return undefined;
    for (const item of m.items) applyItem(work, known, m, item);
    return { items: String(m.items.length) };
  };
  return { apply };
}

function applyItem(
  work: Work,
  known: Map<string, Item>,
  message: Changed,
  item: Changed['items'][number],
): void {
  const key = keyOf(message.catalogue, item.system ?? '', item.code);
  const before = known.get(key);
  const active = message.control !== 'disable';
  if (!before) {
    const made = work.insert(masterItemRecord, {
      catalogue: message.catalogue,
      system: item.system ?? '',
      code: item.code,
      name: item.name ?? item.code,
      parent: item.parent ?? '',
      attributes: item.attributes ?? {},
      active,
      source: message.sender ?? '',
    });
    known.set(key, made);
    return;
  }
  const stated = {
    ...(item.name === undefined ? {} : { name: item.name }),
    ...(item.parent === undefined ? {} : { parent: item.parent }),
    ...(item.attributes === undefined ? {} : { attributes: item.attributes }),
    active,
  };
  const differs = Object.entries(stated).some(
    ([field, value]) => JSON.stringify(before[field as keyof Item]) !== JSON.stringify(value),
  );
  if (differs) known.set(key, work.update(masterItemRecord, before, stated));
}
