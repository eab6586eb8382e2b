import { setTimeout as sleep } from 'node:timers/promises';
import { type MessageFactory, orm } from '../peers/his/messages.ts';
import type { Patient } from '../peers/his/people.ts';
import type { HisReceiver } from '../peers/his/receiver.ts';
import { HisSender } from '../peers/his/sender.ts';
import type { Person } from './api.ts';

export interface Delivery {
  readonly id: string;
  readonly controlId: string;
  readonly lane: string;
  readonly state: string;
  readonly attempts: number;
  readonly ackCode: string;
  readonly faultCode: string;
}

/** Polls until `enough` holds; the last value is in the error. */
export async function eventually<T>(
  read: () => Promise<T>,
  enough: (value: T) => boolean,
  ms = 15_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await read();
    if (enough(value)) return value;
    if (Date.now() > end) throw new Error(`after ${ms} ms still: ${JSON.stringify(value).slice(0, 2000)}`);
    await sleep(40);
  }
}

const steps = { OK: 'accept', OH: 'hold', OE: 'resume' } as Record<string, string>;

/** One patient and an order of theirs, sent by the HIS and led by the planner; each step owes the HIS one message. */
export class Case {
  readonly patient: Patient;
  readonly placer: string;
  /** What the HIS must hear, `accept`, `hold`, `resume`, in the order they were taken. */
  readonly steps: string[] = [];
  planner: Person;
  private readonly orderId: string;

  private constructor(planner: Person, patient: Patient, placer: string, orderId: string) {
    this.planner = planner;
    this.patient = patient;
    this.placer = placer;
    this.orderId = orderId;
  }

  static async place(mllpPort: number, factory: MessageFactory, planner: Person): Promise<Case> {
    const patient = factory.patient();
    const order = factory.order();
    const peer = await HisSender.connect({ port: mllpPort, timeoutMs: 5000 });
    await peer.send(orm('NW', patient, order, factory.envelope()).bytes);
    await peer.end();
    const { items } = await eventually(
      () => planner.get<{ items: { id: string }[] }>(`/orders?q=${order.placer}`),
      (found) => found.items.length === 1,
    );
    return new Case(planner, patient, order.placer, items[0]!.id);
  }

  async lead(...actions: ('accept' | 'hold' | 'resume')[]): Promise<void> {
    for (const action of actions) {
      const body = action === 'hold' ? { reason: 'bed not free' } : {};
      const { version } = await this.planner.get<{ version: number }>(`/orders/${this.orderId}`);
      await this.planner.post(`/orders/${this.orderId}/actions/${action}`, body, {
        'if-match': `"${version}"`,
      });
      this.steps.push(action);
    }
  }

  /** Deliveries of this order, oldest first, once all steps have made one. */
  async deliveries(enough: (all: Delivery[]) => boolean = () => true): Promise<Delivery[]> {
    const { items } = await eventually(
      () => this.planner.get<{ items: Delivery[] }>(`/deliveries?q=${this.placer}&sort=seq&pageSize=100`),
      (found) => found.items.length === this.steps.length && enough(found.items),
    );
    return items;
  }

  /** What the HIS heard of the order, each message once, in the order of first arrival. */
  heard(his: HisReceiver): { controlIds: string[]; steps: string[] } {
    const first = new Map<string, string>();
    for (const m of his.byPlacer(this.placer)) {
      const control = m.field('ORC.1.1');
      if (!first.has(m.controlId)) first.set(m.controlId, steps[control] ?? control);
    }
    return { controlIds: [...first.keys()], steps: [...first.values()] };
  }
}
