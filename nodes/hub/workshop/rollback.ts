import { channelRecord, channelVersionTable } from '../../../contracts/channel/channel.record.ts';
import type { definitionActions } from '../../../contracts/channel/definition.actions.ts';
import type { Params } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Call } from '../../kit/service.ts';
import { passGate } from './gate.ts';
import { announce, needsSecondPerson, putInForce } from './publish.ts';
import type { WorkshopHub } from './workshop-hub.ts';

/**
 * The text of an earlier version becomes the newest one. What ran before may be needed at once: with a reason it passes red
 * samples and needs no second person; the audit says so. It must still be a text that can run.
 */
export async function rollback(
  hub: WorkshopHub,
  { id, to, reason, despite }: Params<typeof definitionActions.rollback>,
  call: Call,
): Promise<void> {
  if (despite && !reason) throw new Fault('kernel.machine.reason');
  if (!despite && (await needsSecondPerson(call))) throw new Fault('channel.publication.approval');
  const [row] = await call.kit.find(channelRecord, call.meta.caller, { code: id, voidedAt: null });
  const missing = new Fault('kernel.record.missing', { record: 'version', id: `${id}#${to}` });
  if (!row) throw missing;
  const action = despite ? 'rollbackDespite' : 'rollback';
  const why = reason ?? '';
  if (to === 0) {
    const shipped = hub.shipped.mappingTexts.get(id);
    if (row.kind !== 'mapping' || !shipped) throw missing;
    await passGate(hub, call, [shipped], { despite });
    await call.write(async (work) => {
      const current = await work.loadOne(channelRecord, row.id);
      return work.update(channelRecord, current, { enabled: false }, action, why);
    });
  } else {
    const [version] = await call.kit.find(channelVersionTable, 'system', { id: `${row.id}#${to}` });
    if (!version) throw missing;
    const {
      reads: [read],
    } = await passGate(hub, call, [version.text], { despite });
    const note = `↩ ${to}${why ? ` · ${why}` : ''}`.slice(0, 500);
    await call.write((work) =>
      putInForce(work, [{ read: read!, text: version.text, baseVersion: undefined }], note, action),
    );
  }
  await announce(hub);
}
