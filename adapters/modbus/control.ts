import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { Client, type Trouble } from './client.ts';
import type { OutputSettings, SendSettings } from './descriptor.ts';
import { readRequest, writeCoil, writeRegisters } from './frames.ts';
import { encodeRegisters, isBits, typeOf } from './values.ts';
import { Wire } from './wire.ts';

/** A command: `{ "output": "door-lock", "value": 1 }`. */
interface Command {
  readonly output: OutputSettings;
  /** What is written: one bit, or registers. */
  readonly bytes: Buffer;
  readonly value: number;
}

/** Writes outputs and reads them back; connects when first asked to send. */
export function connect(context: ConnectContext): Sender {
  return new Control(context, context.settings as SendSettings);
}

class Control implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: SendSettings;
  private readonly peer: string;
  private readonly wire: Wire;
  private readonly client: Client;
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(context: ConnectContext, settings: SendSettings) {
    for (const o of settings.outputs)
      if (o.table === 'coil' ? typeOf(o) !== 'bit' : encodeRegisters(o, o.offset ?? 0) === undefined)
        throw new Fault('channel.text.invalid', {
          problem: `send.outputs: ${o.output} cannot be ${typeOf(o)}`,
        });
    this.context = context;
    this.settings = settings;
    this.peer = `${settings.host}:${settings.port ?? 502}`;
    this.wire = new Wire(context, this.peer);
    this.client = new Client(settings, this.wire);
  }

  send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const cut = (): void => this.client.cut();
    const mine = this.turn.then(async () => {
      options.signal?.addEventListener('abort', cut, { once: true });
      const outcome = await this.sendNow(bytes, options);
      options.signal?.removeEventListener('abort', cut);
      return outcome;
    });
    this.turn = mine;
    return mine;
  }

  connections(): ConnectionStats[] {
    return [this.wire.stats()];
  }

  capture(connection: string): CapturedBytes[] {
    return this.wire.capture(connection);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.client.close();
    await this.turn;
  }

  private async sendNow(bytes: Uint8Array, { signal, timeoutMs }: SendOptions): Promise<SendOutcome> {
    if (this.closed || signal?.aborted) return notSent('aborted');
    const command = this.commandOf(bytes);
    if ('wrong' in command) return this.replied('negative', 'COMMAND', command.wrong, 0);
    const began = this.context.now();
    const { output } = command;
    const wait = Math.min(this.settings.timeoutMs ?? 1000, timeoutMs);
    const request = isBits(output)
      ? writeCoil(output.address, command.bytes[0] === 1)
      : writeRegisters(output.address, command.bytes);
    const written = await this.client.request(output.unit, request, wait);
    if ('trouble' in written) return this.failed(written.trouble, began);
    if (!written.pdu.subarray(0, 3).equals(request.subarray(0, 3)))
      return this.replied('negative', 'ECHO', 'the device confirmed another address', began);
    return this.readBack(command, wait, began);
  }

  /** What was written is believed once the device says it itself. */
  private async readBack(command: Command, wait: number, began: number): Promise<SendOutcome> {
    const { output, bytes, value } = command;
    const count = isBits(output) ? 1 : bytes.length / 2;
    const read = await this.client.request(
      output.unit,
      readRequest(output.table, output.address, count),
      wait,
    );
    if ('trouble' in read)
      return unknown(`written, but not read back: ${read.trouble.reason}`, read.trouble.kind === 'silent');
    const found = read.pdu.subarray(2);
    const same = isBits(output) ? (found[0]! & 1) === bytes[0] : found.equals(bytes);
    if (same) return this.replied('good', 'OK', '', began, { output: output.output, value });
    return this.replied('negative', 'READ-BACK', 'the device holds another value than was written', began);
  }

  private failed(trouble: Trouble, began: number): SendOutcome {
    if (trouble.kind === 'refused') return notSent(trouble.reason);
    if (trouble.kind !== 'exception') return unknown(trouble.reason, trouble.kind === 'silent');
    const busy = trouble.code === 5 || trouble.code === 6;
    return this.replied(busy ? 'busy' : 'negative', String(trouble.code), trouble.reason, began);
  }

  private commandOf(bytes: Uint8Array): Command | { readonly wrong: string } {
    let read: unknown;
    try {
      read = JSON.parse(Buffer.from(bytes).toString('utf8'));
    } catch {
      return { wrong: 'the command is no JSON' };
    }
    const { output: name, value: given } = (read ?? {}) as { output?: unknown; value?: unknown };
    const output = this.settings.outputs.find((o) => o.output === name);
    if (!output) return { wrong: 'the command names no output of this endpoint' };
    const value = typeof given === 'boolean' ? Number(given) : given;
    if (typeof value !== 'number' || !Number.isFinite(value)) return { wrong: 'the value is no number' };
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = output;
    if (value < min || value > max) return { wrong: 'the value is outside what the output allows' };
    if (isBits(output))
      return value === 0 || value === 1
        ? { output, value, bytes: Buffer.from([value]) }
        : { wrong: 'a coil takes 0 or 1' };
    const encoded = encodeRegisters(output, value);
    return encoded ? { output, value, bytes: encoded } : { wrong: 'the output cannot hold the value' };
  }

  private replied(
    verdict: 'good' | 'busy' | 'negative',
    code: string,
    reason: string,
    began: number,
    body: object = {},
  ): SendOutcome {
    return {
      kind: 'replied',
      bytes: Buffer.from(JSON.stringify({ code, ...(reason ? { reason } : {}), ...body }), 'utf8'),
      roundTripMs: began === 0 ? 0 : this.context.now() - began,
      peer: this.peer,
      said: { verdict, code, ...(reason ? { reason } : {}) },
    };
  }
}

const notSent = (reason: string): SendOutcome => ({ kind: 'not-sent', code: 'hub.peer.refused', reason });
const unknown = (reason: string, silent: boolean): SendOutcome => ({
  kind: 'unknown',
  code: silent ? 'hub.peer.timeout' : 'hub.peer.lost',
  reason,
});
