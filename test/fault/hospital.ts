import { setTimeout as sleep } from 'node:timers/promises';
import { MessageFactory, orm } from '../peers/his/messages.ts';
import type { HisReceiver } from '../peers/his/receiver.ts';
import { HisSender } from '../peers/his/sender.ts';

export interface Sent {
  readonly mrn: string;
  readonly placer: string;
  readonly controlId: string;
  acknowledgements: number;
}

/**
 * A hospital that never gives up: each ward has its own connection and patients, sends one order after the other, and sends the
 * one that was not acknowledged again, byte for byte, when the platform is back. With several ports a ward goes on to the next one.
 */
export class Hospital {
  readonly sent: Sent[] = [];
  readonly negative: string[] = [];
  private readonly wards: Promise<void>[] = [];
  private running = true;
  private abandoned = false;
  private readonly ports: readonly number[];

  constructor(ports: number | readonly number[], wards: number, seed: number) {
    this.ports = [ports].flat();
    for (let w = 0; w < wards; w++) this.wards.push(this.ward(w, seed));
  }

  get acknowledged(): number {
    return this.sent.filter((s) => s.acknowledgements > 0).length;
  }

  /** Resolves once so many more were acknowledged than now. */
  async more(n: number): Promise<void> {
    const goal = this.acknowledged + n;
    while (this.acknowledged < goal && !this.abandoned) await sleep(10);
  }

  /** The test is over, whatever became of it: nobody tries any more. */
  async abandon(): Promise<void> {
    this.abandoned = true;
    await this.finish();
  }

  /** Lets every ward finish the order it is at. */
  async finish(): Promise<void> {
    this.running = false;
    await Promise.all(this.wards);
  }

  private async ward(ward: number, seed: number): Promise<void> {
    const factory = new MessageFactory({
      seed: seed * 1000 + ward,
      charset: ward % 2 ? 'UTF-8' : 'GB18030',
      prefix: `W${seed}${ward.toString(36).padStart(2, '0')}`,
    });
    const patients = Array.from({ length: 3 }, () => factory.patient());
    let peer: HisSender | undefined;
    let turn = ward;
    for (let n = 0; this.running; n++) {
      const patient = patients[n % patients.length]!;
      const order = factory.order();
      const message = orm('NW', patient, order, factory.envelope());
      const entry: Sent = {
        mrn: patient.mrn,
        placer: order.placer,
        controlId: message.controlId,
        acknowledgements: 0,
      };
      this.sent.push(entry);
      while (entry.acknowledgements === 0 && !this.abandoned) {
        try {
          peer = peer?.open
            ? peer
            : await HisSender.connect({ port: this.ports[turn % this.ports.length]!, timeoutMs: 20_000 });
          const reply = await peer.send(message.bytes, { controlId: message.controlId });
          if (reply.code !== 'AA') this.negative.push(`${entry.controlId} ${reply.code}`);
          entry.acknowledgements++;
        } catch {
          void peer?.cut();
          peer = undefined;
          turn++;
          await sleep(20);
        }
      }
    }
    await peer?.end();
  }
}

/** Distinct messages the hospital received, in the order of their first arrival, and how often each came. */
export function deliveries(
  receiver: HisReceiver,
): { controlId: string; placer: string; status: string; times: number }[] {
  const byId = new Map<string, { controlId: string; placer: string; status: string; times: number }>();
  for (const r of receiver.received) {
    const known = byId.get(r.controlId);
    if (known) known.times++;
    else
      byId.set(r.controlId, {
        controlId: r.controlId,
        placer: r.field('ORC.2.1') ?? '',
        status: `${r.field('ORC.1.1') ?? ''}/${r.field('ORC.5.1') ?? ''}`,
        times: 1,
      });
  }
  return [...byId.values()];
}
