import type { Middleware, ServiceBroker } from 'moleculer';
import { Fault } from '../../contracts/kernel/fault.ts';

/** NATS refuses a message above the server's `max_payload`; this is its default. */
const natsDefault = 1024 * 1024;

interface Packet {
  readonly type: string;
  payload: { success?: boolean; data?: unknown; error?: unknown };
}
interface Transporter {
  readonly client?: { readonly info?: { readonly max_payload?: number } };
  serialize(packet: Packet): Buffer;
}
type Send = (topic: string, data: Buffer, meta: { packet?: Packet }) => Promise<unknown>;

/**
 * Says at once that a message is too large for the mesh, with `kernel.mesh.large`. Without it an answer that NATS
 * refuses is lost and the caller waits for its timeout. The limit is the server's own `max_payload` (8 MB is a sensible
 * setting); what is larger goes as a stream or by reference.
 */
export function meshSize(broker: ServiceBroker): Middleware {
  return {
    name: 'MeshSize',
    transporterSend(next: Send): Send {
      return (topic, data, meta) => {
        const transporter = (broker.transit as unknown as { tx: Transporter }).tx;
        const limit = transporter.client?.info?.max_payload ?? natsDefault;
        if (data.length <= limit) return next(topic, data, meta);
        const fault = new Fault('kernel.mesh.large', { limit });
        const packet = meta.packet;
        if (packet?.type !== 'RES') return Promise.reject(fault);
        const error = broker.errorRegenerator?.extractPlainError(fault as unknown as Record<string, unknown>);
        packet.payload = { ...packet.payload, success: false, data: null, error };
        return next(topic, transporter.serialize(packet), meta);
      };
    },
  } as unknown as Middleware;
}
