import { Type } from 'typebox';
import type { Adapter, InboundFrame, Reply } from '../../contracts/adapter/port.ts';
import type { WebHost } from '../../contracts/adapter/web.ts';
import { definitionActions } from '../../contracts/channel/definition.actions.ts';
import { donorActions } from '../../contracts/donor/donor.actions.ts';
import type { ReceiveItem } from '../../contracts/kernel/receive.ts';
import { messageTable } from '../../contracts/message/message.record.ts';
import { orderActions } from '../../contracts/order/order.actions.ts';
import { codesetService } from '../../nodes/codeset/codeset.service.ts';
import { adapters } from '../../nodes/hub/adapters.generated.ts';
import { hubService } from '../../nodes/hub/hub.service.ts';
import type { Hub } from '../../nodes/hub/hub.ts';
import { FakeSender } from '../../nodes/hub/testing.ts';
import { defineService, handle } from '../../nodes/kit/service.ts';
import { type CallOptions, kitForTests } from '../../nodes/kit/testing/kit-for-tests.ts';
import { orgService } from '../../nodes/org/org.service.ts';

/**
 * A whole hub with the demo hospital's channels over databases in memory. Only the wire and the domain words stand in: frames are
 * handed to its endpoints, and what the words are called with is remembered.
 */
export async function workshop() {
  const accepts = new Map<string, (frame: InboundFrame) => Promise<Reply>>();
  const sender = new FakeSender();
  const applied: ReceiveItem[] = [];
  let hub!: Hub;
  const receive = async ({ items }: { items: ReceiveItem[] }) => {
    applied.push(...items);
    return { outcomes: items.map((i) => ({ id: i.id, status: 'applied' as const, context: {} })) };
  };
  const mesh = await kitForTests([
    orgService,
    codesetService,
    defineService('donor', () => ({ handlers: [handle(donorActions.receive, receive)] })),
    defineService('order', () => ({ handlers: [handle(orderActions.receive, receive)] })),
    hubService(
      { adapters: silent(accepts, sender), settings: { mllpPort: 0, hisPort: 1 }, web: {} as WebHost },
      (made) => {
        hub = made;
      },
    ),
  ]);
  await mesh.seed({ demo: true });
  await hub.start();
  const { kit, clock } = mesh;

  return {
    ...mesh,
    hub,
    sender,
    applied,
    /** Takes bytes as from the wire. Gives the journal's row once it is handled. */
    arrive: async (text: string | Uint8Array, endpoint = 'his') => {
      clock.advance(1000);
      const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
      const { results } = await accepts.get(endpoint)!({
        bytes,
        connection: 'c1',
        peer: '10.0.0.1:4000',
        receivedAt: clock.now,
        oddities: [],
      });
      const { id } = results[0]!;
      for (;;) {
        const [row] = await kit.find(messageTable, 'system', { id });
        if (row && row.state !== 'RECEIVED') return row;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    textOf: async (id: string, options: CallOptions = {}): Promise<string> =>
      (await mesh.call(definitionActions.get, { id }, options)).text,
    close: async (): Promise<void> => {
      await hub.stop();
      await mesh.close();
    },
  };
}
export type Workshop = Awaited<ReturnType<typeof workshop>>;

const anything = Type.Object({}, { additionalProperties: true });

/** Every adapter there is, without a wire. */
function silent(
  accepts: Map<string, (frame: InboundFrame) => Promise<Reply>>,
  sender: FakeSender,
): ReadonlyMap<string, Adapter> {
  return new Map(
    [...adapters.keys()].map((id): [string, Adapter] => [
      id,
      {
        descriptor: { id, title: { zh: id, en: id }, listen: anything, send: anything },
        listen: async ({ endpoint, accept }) => {
          accepts.set(endpoint, accept);
          return {
            address: '127.0.0.1:0',
            port: 0,
            connections: () => [],
            capture: () => [],
            stop: async () => undefined,
          };
        },
        connect: () => sender,
      },
    ]),
  );
}

/** A second person of the same organisation. */
export const second: CallOptions = { as: { userId: 'user-second', name: '复核员' } };
