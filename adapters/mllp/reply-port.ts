import { createServer, type Server, type Socket } from 'node:net';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { FrameDecoder, type Framing } from './codec.ts';
import { addressOf, Wire, type WireContext } from './wire.ts';

const CAPTURE_BYTES = 65536;

/** For peers that send their replies not back over our connection but to a port of ours. */
export class ReplyPort {
  private readonly context: WireContext;
  private readonly port: number;
  private readonly framing: Framing;
  private readonly reply: (bytes: Buffer) => boolean;
  private readonly sockets = new Map<Socket, { wire: Wire; decoder: FrameDecoder }>();
  private server: Server | undefined;

  constructor(context: WireContext, port: number, framing: Framing, reply: (bytes: Buffer) => boolean) {
    this.context = context;
    this.port = port;
    this.framing = framing;
    this.reply = reply;
  }

  /** Binds once; rejects with the system's error. */
  async open(): Promise<void> {
    if (this.server !== undefined) return;
    const server = createServer((socket) => this.welcome(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, resolve);
    });
    server.on('error', (error) => this.context.log.warn('reply port failed', { reason: error.message }));
    this.server = server;
  }

  connections(): ConnectionStats[] {
    return [...this.sockets.values()].map(({ wire, decoder }) => wire.stats(decoder.buffered));
  }

  capture(connection: string): CapturedBytes[] | undefined {
    return [...this.sockets.values()].find(({ wire }) => wire.id === connection)?.wire.capture.read();
  }

  async close(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    for (const socket of this.sockets.keys()) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private welcome(socket: Socket): void {
    const peer = addressOf(socket.remoteAddress, socket.remotePort);
    const wire = new Wire(this.context, peer, CAPTURE_BYTES);
    const decoder = new FrameDecoder(this.framing, {
      frame: ({ bytes }) => {
        wire.framesIn++;
        if (!this.reply(bytes)) wire.incident('stray-reply', 'a reply nobody waits for', bytes);
      },
      noise: (bytes) => wire.noise(bytes),
    });
    this.sockets.set(socket, { wire, decoder });
    socket.on('data', (chunk: Buffer) => {
      wire.received(chunk);
      decoder.push(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}
