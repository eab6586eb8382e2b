import type { OrgEntry } from '../../contracts/org/org.actions.ts';
import { orgRecord } from '../../contracts/org/org.record.ts';
import type { Kit } from '../kit/kit.ts';

/** Every organisation that is not voided, by code. */
export async function orgsInForce(kit: Kit): Promise<OrgEntry[]> {
  const rows = await kit.find(orgRecord, 'system', { voidedAt: null }, { orderBy: 'code' });
  return rows.map(({ id, code, name, nameEn, kind, parentId }) => ({
    id,
    code,
    name,
    nameEn,
    kind,
    parentId,
  }));
}
