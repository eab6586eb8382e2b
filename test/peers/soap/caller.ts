import { adapter } from '../../../adapters/soap/index.ts';
import type { Sender, SendOptions } from '../../../contracts/adapter/port.ts';
import type { WireIncident } from '../../../contracts/adapter/wire.ts';
import { silent } from './host.ts';

/** The adapter as a client, with what it told of its wire. */
export function openCaller(settings: Record<string, unknown>): { sender: Sender; incidents: WireIncident[] } {
  const incidents: WireIncident[] = [];
  const sender = adapter.connect!({
    endpoint: 'platform',
    settings,
    log: silent,
    now: Date.now,
    web: { url: 'http://127.0.0.1:1', mount: () => () => undefined },
    incident: (incident) => incidents.push(incident),
  });
  return { sender, incidents };
}

/** Options of a delivery; replies belong to it unless told otherwise. */
export const delivery = (
  given: Record<string, string> = { action: 'PatientInfoRegister' },
  more: Partial<SendOptions> = {},
): SendOptions => ({
  timeoutMs: 5000,
  matches: () => true,
  id: '0192-1',
  controlId: '',
  with: given,
  mediaType: 'text/xml; charset=utf-8',
  ...more,
});
