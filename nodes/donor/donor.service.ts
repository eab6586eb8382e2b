import { donorActions } from '../../contracts/donor/donor.actions.ts';
import { donorIdentifierTable, donorRecord } from '../../contracts/donor/donor.record.ts';
import type { Kit } from '../kit/kit.ts';
import { receiveHandler } from '../kit/receive.ts';
import { defineService, handle, readHandlers } from '../kit/service.ts';
import { patientShown } from './identity.ts';
import { prepareDonors, statesDemographics } from './receive.ts';

export const donorService = defineService('donor', () => ({
  handlers: [
    ...readHandlers(donorRecord, donorActions).filter((h) => h.action !== donorActions.list),
    handle(donorActions.list, async (params, { kit, meta }) => {
      const ids = params.q ? await idsByIdentifier(kit, meta.caller.orgId, params.q) : [];
      return kit.list(donorRecord, meta.caller, params, { ids });
    }),
    handle(donorActions.reveal, (params, { kit, meta }) =>
      kit.work(meta, async (work) => {
        const donor = await work.loadOne(donorRecord, params.id);
        work.audit(donorRecord, donor, 'reveal', null, null, params.reason);
        return donor;
      }),
    ),
    receiveHandler(donorActions.receive, 'donor', prepareDonors, statesDemographics),
    handle(donorActions.patients, async ({ ids }, { kit, meta }) => {
      const donors = await kit.find(donorRecord, meta.caller, { id: [...new Set(ids)] });
      const merged = donors.flatMap((d) => d.mergedInto ?? []);
      const all = new Map(
        [...donors, ...(await kit.find(donorRecord, meta.caller, { id: merged }))].map((d) => [d.id, d]),
      );
      return {
        patients: donors.map((d) => {
          const inForce = (d.mergedInto && all.get(d.mergedInto)) || d;
          return {
            donorId: d.id,
            status: inForce.status,
            number: inForce.number,
            patient: patientShown(inForce),
          };
        }),
      };
    }),
  ],
}));

async function idsByIdentifier(kit: Kit, orgId: string, q: string): Promise<string[]> {
  const rows = await kit.find(donorIdentifierTable, { orgId }, { number: q.trim() }, { limit: 50 });
  return rows.map((r) => r.donorId);
}
