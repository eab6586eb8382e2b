import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { crcBytes } from '../../../adapters/modbus/frames.ts';

/** How the device treats one request. */
export type Behaviour =
  | { kind: 'answer' }
  | { kind: 'exception'; code: number }
  | { kind: 'silent' }
  | { kind: 'hang-up' }
  /** Answers so much later. */
  | { kind: 'late'; ms: number }
  /** Sends these bytes instead of an answer. */
  | { kind: 'bytes'; bytes: Buffer }
  /** The answer is made by this unit. */
  | { kind: 'unit'; unit: number }
  /** Half of the answer, then nothing, or the end of the connection. */
  | { kind: 'half'; end: boolean }
  /** The answer byte by byte. */
  | { kind: 'dribble' };

export interface Request {
  readonly unit: number;
  readonly code: number;
  readonly address: number;
  readonly count: number;
  readonly connection: number;
}

/** Addresses that are not set are not there. */
export class Unit {
  readonly coils = new Map<number, number>();
  readonly discrete = new Map<number, number>();
  readonly input = new Map<number, number>();
  readonly holding = new Map<number, number>();
  /** Writes that are confirmed and change nothing. */
  deaf = false;

  set(table: 'input' | 'holding', address: number, ...words: number[]): this {
    for (const [i, word] of words.entries()) this[table].set(address + i, word & 0xffff);
    return this;
  }
}

const answer: Behaviour = { kind: 'answer' };

/** A device, or a gateway with several behind it, over Modbus TCP or with frames of the serial line. */
export class ModbusSlave {
  readonly requests: Request[] = [];
  readonly units = new Map<number, Unit>();
  connections = 0;
  private readonly server: Server;
  private readonly mode: 'tcp' | 'rtu-over-tcp';
  private readonly sockets = new Set<Socket>();
  private readonly watchers = new Set<() => void>();
  private behaviour: (request: Request) => Behaviour = () => answer;

  private constructor(mode: 'tcp' | 'rtu-over-tcp') {
    this.mode = mode;
    this.server = createServer((socket) => this.welcome(socket));
  }

  static async listen(options: { mode?: 'tcp' | 'rtu-over-tcp'; port?: number } = {}): Promise<ModbusSlave> {
    const slave = new ModbusSlave(options.mode ?? 'tcp');
    await new Promise<void>((resolve) => slave.server.listen(options.port ?? 0, '127.0.0.1', resolve));
    return slave;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  unit(id: number): Unit {
    const found = this.units.get(id) ?? new Unit();
    this.units.set(id, found);
    return found;
  }

  behave(behaviour: Behaviour | ((request: Request) => Behaviour)): void {
    this.behaviour = typeof behaviour === 'function' ? behaviour : () => behaviour;
  }

  /** Resolves once the condition holds; looked at after every request and connection. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
    });
  }

  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.hangUp();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private welcome(socket: Socket): void {
    const connection = ++this.connections;
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
    let buffer: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk]);
      for (let size = this.sizeOf(buffer); size > 0 && buffer.length >= size; size = this.sizeOf(buffer)) {
        this.take(socket, connection, buffer.subarray(0, size));
        buffer = buffer.subarray(size);
      }
    });
    this.look();
  }

  /** Length of the request that begins here; 0 where that is not known yet. */
  private sizeOf(buffer: Buffer): number {
    if (this.mode === 'tcp') return buffer.length < 6 ? 0 : 6 + buffer.readUInt16BE(4);
    if (buffer.length < 7) return 0;
    const code = buffer.readUInt8(1);
    return code === 15 || code === 16 ? 9 + buffer.readUInt8(6) : 8;
  }

  private take(socket: Socket, connection: number, frame: Buffer): void {
    const tcp = this.mode === 'tcp';
    if (!tcp && !crcBytes(frame.subarray(0, -2)).equals(frame.subarray(-2))) return;
    const unit = frame.readUInt8(tcp ? 6 : 0);
    const pdu = tcp ? frame.subarray(7) : frame.subarray(1, -2);
    const request: Request = {
      unit,
      code: pdu.readUInt8(0),
      address: pdu.readUInt16BE(1),
      count: pdu.readUInt16BE(3),
      connection,
    };
    this.requests.push(request);
    const how = this.behaviour(request);
    const transaction = tcp ? frame.readUInt16BE(0) : 0;
    const reply = (body: Buffer, by = unit): Buffer => this.wrap(transaction, by, body);
    this.act(socket, how, () => reply(this.answerTo(request, pdu)), reply, request.code);
    this.look();
  }

  private act(
    socket: Socket,
    how: Behaviour,
    good: () => Buffer,
    reply: (pdu: Buffer, by?: number) => Buffer,
    code: number,
  ): void {
    if (how.kind === 'silent') return;
    if (how.kind === 'hang-up') return void socket.destroy();
    if (how.kind === 'exception') return void socket.write(reply(Buffer.from([code | 0x80, how.code])));
    if (how.kind === 'bytes') return void socket.write(how.bytes);
    const whole = good();
    if (how.kind === 'unit') whole.writeUInt8(how.unit, this.mode === 'tcp' ? 6 : 0);
    if (how.kind === 'unit' && this.mode !== 'tcp')
      crcBytes(whole.subarray(0, -2)).copy(whole, whole.length - 2);
    if (how.kind === 'late') return void setTimeout(() => socket.write(whole), how.ms);
    if (how.kind === 'half') {
      socket.write(whole.subarray(0, whole.length >> 1));
      if (how.end) socket.end();
      return;
    }
    if (how.kind === 'dribble') {
      for (const byte of whole) socket.write(Buffer.from([byte]));
      return;
    }
    socket.write(whole);
  }

  private wrap(transaction: number, unit: number, pdu: Buffer): Buffer {
    const body = Buffer.concat([Buffer.from([unit]), pdu]);
    if (this.mode !== 'tcp') return Buffer.concat([body, crcBytes(body)]);
    const head = Buffer.alloc(6);
    head.writeUInt16BE(transaction, 0);
    head.writeUInt16BE(body.length, 4);
    return Buffer.concat([head, body]);
  }

  private answerTo({ unit, code, address, count }: Request, pdu: Buffer): Buffer {
    const device = this.units.get(unit);
    const no = (exception: number): Buffer => Buffer.from([code | 0x80, exception]);
    if (!device) return no(11);
    const table = { 1: device.coils, 2: device.discrete, 3: device.holding, 4: device.input }[code];
    if (table) {
      const found = Array.from({ length: count }, (_, i) => table.get(address + i));
      if (found.includes(undefined)) return no(2);
      const bytes = code < 3 ? bitsOf(found as number[]) : wordsOf(found as number[]);
      return Buffer.concat([Buffer.from([code, bytes.length]), bytes]);
    }
    if (code === 5 || code === 6) {
      const target = code === 5 ? device.coils : device.holding;
      if (!target.has(address)) return no(2);
      if (!device.deaf) target.set(address, code === 5 ? Number(count === 0xff00) : count);
      return pdu;
    }
    if (code !== 16) return no(1);
    for (let i = 0; i < count; i++)
      if (!device.deaf) device.holding.set(address + i, pdu.readUInt16BE(6 + i * 2));
    return pdu.subarray(0, 5);
  }

  private look(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

function bitsOf(bits: readonly number[]): Buffer {
  const out = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) out[i >> 3]! |= bit << (i & 7);
  return out;
}

function wordsOf(words: readonly number[]): Buffer {
  const out = Buffer.alloc(words.length * 2);
  for (const [i, word] of words.entries()) out.writeUInt16BE(word, i * 2);
  return out;
}
