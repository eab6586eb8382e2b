import { generate, type Packet, type Parser, parser } from 'mqtt-packet';

export type Version = 3 | 4 | 5;

/** Why a connection cannot go on: what happened, and what MQTT 5 calls it (section 2.4). */
export interface Violation {
  readonly kind: 'broken-packet' | 'too-large' | 'protocol-error' | 'unsupported-version';
  readonly reason: string;
  readonly code: number;
  /** First bytes concerned. */
  readonly head?: Buffer;
}

interface Events {
  packet(packet: Packet, size: number): void;
  bad(violation: Violation): void;
}

const connect = 1;

/**
 * Packets from chunks, in linear time. Each is parted from the stream by its own length and only then parsed, so that a wrong
 * length inside it cannot reach into the next one, and one over the limit is refused before it is gathered.
 */
export class PacketReader {
  /** Bytes of one packet, header included. */
  maxBytes: number;
  private readonly events: Events;
  private parser: Parser | undefined;
  private found: Packet | undefined;
  private wrong = '';
  private version: Version | undefined;
  private chunks: Buffer[] = [];
  private size = 0;
  private need = 2;
  private stopped = false;

  constructor(maxBytes: number, events: Events) {
    this.maxBytes = maxBytes;
    this.events = events;
  }

  /** Of a server the version is what CONNECT says; of a client it is told. */
  speak(version: Version): void {
    this.version = version;
    this.parser = this.newParser();
  }

  /** Bytes of an unfinished packet. */
  get buffered(): number {
    return this.size;
  }

  stop(): void {
    this.stopped = true;
    this.chunks = [];
    this.size = 0;
  }

  push(chunk: Buffer): void {
    if (this.stopped) return;
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size < this.need) return;
    const bytes = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    let at = 0;
    this.need = 2;
    while (bytes.length - at >= 2) {
      const total = this.lengthAt(bytes, at);
      if (this.stopped) return;
      this.need = total ?? bytes.length - at + 1;
      if (bytes.length - at < this.need) break;
      this.take(bytes.subarray(at, at + this.need));
      if (this.stopped) return;
      at += this.need;
      this.need = 2;
    }
    this.chunks = at === bytes.length ? [] : [bytes.subarray(at)];
    this.size = bytes.length - at;
  }

  /** Whole length of the packet that begins there; undefined where its length field is not complete. */
  private lengthAt(bytes: Buffer, at: number): number | undefined {
    if (this.version === undefined && bytes[at]! >> 4 !== connect)
      return this.fail('protocol-error', 'the first packet is not CONNECT', 0x82, bytes.subarray(at));
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const byte = bytes[at + 1 + i];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) << (7 * i);
      if (byte & 0x80) continue;
      const total = value + 2 + i;
      if (total <= this.maxBytes) return total;
      return this.fail(
        'too-large',
        `a packet of ${total} bytes, over ${this.maxBytes}`,
        0x95,
        bytes.subarray(at),
      );
    }
    return this.fail('broken-packet', 'its length takes more than four bytes', 0x81, bytes.subarray(at));
  }

  private take(bytes: Buffer): void {
    this.found = undefined;
    this.wrong = '';
    this.parser ??= this.newParser();
    let left = 0;
    try {
      left = this.parser.parse(bytes);
    } catch (error) {
      this.wrong = (error as Error).message;
    }
    const packet = this.found as Packet | undefined;
    if (packet === undefined || this.wrong !== '' || left > 0) {
      if (/protocol version/i.test(this.wrong))
        this.fail('unsupported-version', 'neither MQTT 3.1, 3.1.1 nor 5', 0x84, bytes);
      else this.fail('broken-packet', this.wrong || 'its parts do not fit its length', 0x81, bytes);
      return;
    }
    if (packet.cmd === 'connect' && this.version === undefined) this.speak(packet.protocolVersion ?? 4);
    this.events.packet(packet, bytes.length);
  }

  private newParser(): Parser {
    const made = parser(this.version === undefined ? {} : { protocolVersion: this.version });
    made.on('packet', (packet) => (this.found = packet));
    made.on('error', (error: Error) => (this.wrong = error.message));
    return made;
  }

  private fail(kind: Violation['kind'], reason: string, code: number, head: Buffer): undefined {
    this.stop();
    this.events.bad({ kind, reason, code, head: head.subarray(0, 64) });
    return undefined;
  }
}

/** An acknowledgement without trouble is four bytes in every version. */
const short = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const;

/** A packet as bytes. Reason codes and properties are left out for clients before MQTT 5, which do not know them. */
export function encode(packet: Packet, version: Version): Buffer {
  if (packet.cmd in short) {
    const {
      cmd,
      messageId = 0,
      reasonCode = 0,
      properties,
    } = packet as Packet & {
      cmd: keyof typeof short;
      reasonCode?: number;
      properties?: object;
    };
    if (version !== 5 || (reasonCode === 0 && properties === undefined))
      return Buffer.of(short[cmd], 2, messageId >> 8, messageId & 255);
  }
  return generate(packet, { protocolVersion: version });
}
