import type { ListenContext, Listener } from '../../contracts/adapter/port.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { BrokerLink } from './broker-link.ts';
import type { ListenSettings } from './descriptor.ts';
import { OutsideLink } from './outside-link.ts';

/**
 * Serves devices as a broker, or subscribes at one outside. Throws `hub.address.taken`, `hub.address.refused`,
 * `hub.certificate.unusable`, `kernel.config.invalid`.
 */
export async function listen(context: ListenContext): Promise<Listener> {
  const { broker, client, ...common } = context.settings as ListenSettings;
  if ((broker === undefined) === (client === undefined))
    throw new Fault('kernel.config.invalid', {
      problem: `endpoint ${context.endpoint}: listen needs either broker or client`,
    });
  if (client !== undefined) {
    const link = new OutsideLink(context, client, common);
    link.start();
    return link;
  }
  const link = new BrokerLink(context, broker!, common);
  await link.start();
  return link;
}
