import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Engineer } from '../e2e/engineer.ts';
import type { ForeignDb } from '../peers/foreign-db/foreign-db.ts';
import { callHip } from '../peers/hip/client.ts';
import { RawClient } from '../peers/mqtt/raw.ts';
import type { Sent } from './hospital.ts';

/** Brings one message to the platform; true once it was acknowledged, or lies where the platform fetches it. */
export type Courier = (message: Sent, nth: number) => Promise<boolean>;

/** A row of the HIS, as JSON. */
const rowOf = ({ placer, mrn }: Sent, nth: number): Record<string, string> => ({
  apply_no: placer,
  state: '1',
  item_code: 'XB0201',
  patient_id: mrn,
  patient_name: '赵明远',
  sex: '1',
  create_time: '2026-03-02T08:00:00',
  modify_time: new Date(Date.UTC(2026, 2, 2) + nth).toISOString().slice(0, -1),
});
const jsonOf = (message: Sent, nth: number): string => JSON.stringify(rowOf(message, nth));

export const byRest =
  (url: string): Courier =>
  async (message, nth) => {
    const answer = await fetch(url, {
      method: 'POST',
      body: jsonOf(message, nth),
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(20_000),
    });
    return answer.ok;
  };

const order = readFileSync(
  new URL('../../mappings/hip/samples/hip-order/OrderInfoAdd-t01-r2.xml', import.meta.url),
  'utf8',
);

/** An order of the national profile; its second item is another order. */
export const bySoap =
  (url: string): Courier =>
  async ({ controlId, placer, mrn }) => {
    const text = order
      .replace('extension="ORA-0001"', `extension="${controlId}"`)
      .replaceAll('R0003', placer)
      .replaceAll('R0004', `${placer}-B`)
      .replaceAll('M20260001', mrn)
      .replaceAll('990101198002030018', `ID-${mrn}`);
    const { result = '' } = await callHip(url, 'OrderInfoAdd', text, { timeoutMs: 20_000 });
    return result.includes('typeCode="AA"');
  };

/** QoS 1 over one connection, made anew when it is gone. */
export function byMqtt(port: number, ward: number): Courier {
  let client: RawClient | undefined;
  return async (message, nth) => {
    if (!client || client.closed)
      client = await RawClient.signIn(port, { clientId: `ward-${ward}`, clean: false });
    try {
      client.publish(`lab/fridge-1/${ward}`, jsonOf(message, nth), { qos: 1, messageId: (nth % 60_000) + 1 });
      await client.next('puback');
      return true;
    } catch (error) {
      client.end();
      client = undefined;
      throw error;
    }
  };
}

/** Goes on when no more than so many files lie there. */
export const byFile =
  (folder: string, most = 40): Courier =>
  async (message, nth) => {
    const name = `${String(nth).padStart(8, '0')}-${message.placer}.json`;
    writeFileSync(join(folder, `.${name}`), jsonOf(message, nth));
    renameSync(join(folder, `.${name}`), join(folder, name));
    while (most < Number.POSITIVE_INFINITY && readdirSync(folder).length > most) await sleep(20);
    return true;
  };

/** A row, and a pause. */
export const byView =
  (db: ForeignDb, pauseMs = 60): Courier =>
  async (message, nth) => {
    const row = rowOf(message, nth);
    const values = Object.values(row).map((value) => `'${value}'`);
    await db.run(`INSERT INTO v_cell_order (${Object.keys(row).join(', ')}) VALUES (${values.join(', ')})`);
    await sleep(pauseMs);
    return true;
  };

/** One way in: an endpoint with these settings, and a channel that reads a row of the HIS from it. */
export async function connectRows(
  engineer: Engineer,
  name: string,
  adapter: string,
  listen: object,
): Promise<void> {
  const heard = adapter === 'http' ? { mode: 'original', when: 'kept' } : { mode: 'none' };
  const endpoint = {
    endpoint: name,
    title: { zh: name, en: name },
    org: 'HY',
    adapter,
    format: 'json',
    listen,
    read: {
      type: '=CellOrder',
      control: 'apply_no',
      keys: [{ kind: 'patient', path: 'patient_id' }],
    },
    decode: { mode: 'forced', charset: 'UTF-8' },
    ack: { ...heard, unrouted: 'reject' },
    duplicate: { match: 'content' },
    lane: 'patient',
    retainDays: 30,
  };
  const channel = {
    channel: `${name}-in`,
    title: endpoint.title,
    org: 'HY',
    source: { endpoint: name },
    accept: ['CellOrder'],
    map: 'his-view-orders',
    calls: ['donor.receive', 'order.receive'],
  };
  for (const text of [endpoint, channel]) await engineer.post('/channels', { text: stringify(text) });
}

let nth = 0;

/** Wards of one partner: each sends order after order of its patients, and each until it is acknowledged. */
export class Partner {
  readonly sent: Sent[] = [];
  private running = true;
  private abandoned = false;
  private readonly wards: Promise<void>[];

  constructor(prefix: string, wards: number, courierOf: (ward: number) => Courier) {
    this.wards = Array.from({ length: wards }, (_, ward) => this.ward(`${prefix}${ward}`, courierOf(ward)));
  }

  get acknowledged(): number {
    return this.sent.filter((s) => s.acknowledgements > 0).length;
  }

  async finish(): Promise<void> {
    this.running = false;
    await Promise.all(this.wards);
  }

  async abandon(): Promise<void> {
    this.abandoned = true;
    await this.finish();
  }

  private async ward(name: string, courier: Courier): Promise<void> {
    for (let n = 0; this.running; n++) {
      const placer = `${name}-${n}`;
      const message: Sent = { mrn: `M-${name}-${n % 2}`, placer, controlId: placer, acknowledgements: 0 };
      this.sent.push(message);
      const turn = ++nth;
      while (message.acknowledgements === 0 && !this.abandoned) {
        if (await courier(message, turn).catch(() => false)) message.acknowledgements++;
        else await sleep(20);
      }
    }
  }
}
