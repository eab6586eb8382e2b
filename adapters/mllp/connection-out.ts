import { connect, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { ConnectionStats } from '../../contracts/adapter/wire.ts';
import { type DecodedFrame, FrameDecoder, type Framing } from './codec.ts';
import type { SendSettings } from './descriptor.ts';
import { TlsFiles } from './tls-files.ts';
import { addressOf, Wire, type WireContext } from './wire.ts';

/** Opens a TCP or TLS connection; rejects with the system's error, or `ETIMEDOUT` after `connectMs`. */
export function openConnection(settings: SendSettings, signal: AbortSignal | undefined): Promise<Socket> {
  const { host, port, connectMs = 10000 } = settings;
  return new Promise((resolve, reject) => {
    const socket =
      settings.tls === undefined
        ? connect({ host, port, noDelay: true })
        : connectTls({
            host,
            port,
            servername: settings.tls.serverName ?? (/^[\d.]+$|:/.test(host) ? '' : host),
            ...new TlsFiles(settings.tls).load(),
          });
    const give = (code: string): void => {
      socket.destroy();
      failed(Object.assign(new Error(code), { code }));
    };
    const late = setTimeout(() => give('ETIMEDOUT'), connectMs);
    const aborted = (): void => give('aborted');
    const settle = (): void => {
      clearTimeout(late);
      signal?.removeEventListener('abort', aborted);
    };
    const failed = (error: Error): void => {
      settle();
      reject(error);
    };
    signal?.addEventListener('abort', aborted, { once: true });
    socket.on('error', failed);
    socket.once(settings.tls === undefined ? 'connect' : 'secureConnect', () => {
      settle();
      socket.removeListener('error', failed);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, settings.keepAliveMs ?? 30000);
      resolve(socket);
    });
  });
}

export interface OutboundEvents {
  /** True where the reply was waited for. */
  reply(bytes: Buffer): boolean;
  /** Whether a reply is waited for. */
  waiting(): boolean;
  closed(reason: string): void;
}

/** One connection that we opened. */
export class OutboundConnection {
  readonly wire: Wire;
  private readonly socket: Socket;
  private readonly settings: SendSettings;
  private readonly events: OutboundEvents;
  private readonly decoder: FrameDecoder;
  private unframed: Buffer[] = [];
  private silence: NodeJS.Timeout | undefined;
  private reason = 'the peer closed the connection';

  constructor(
    socket: Socket,
    context: WireContext,
    framing: Framing,
    settings: SendSettings,
    events: OutboundEvents,
  ) {
    this.socket = socket;
    this.settings = settings;
    this.events = events;
    const peer = addressOf(settings.host, settings.port);
    this.wire = new Wire(context, peer, settings.captureBytes ?? 65536);
    if (socket instanceof TLSSocket) this.wire.tls = socket.getProtocol() ?? 'TLS';
    this.decoder = new FrameDecoder(framing, {
      frame: (frame) => this.frame(frame),
      noise: (bytes) => this.noise(bytes),
    });
    socket.on('data', (chunk: Buffer) => {
      this.wire.received(chunk);
      this.decoder.push(chunk);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => (this.reason = error.code ?? error.message));
    socket.on('end', () => this.ended());
    socket.on('close', () => this.gone());
  }

  get usable(): boolean {
    return this.wire.open && this.socket.writable && !this.socket.readableEnded;
  }

  write(frame: Buffer): void {
    this.wire.framesOut++;
    this.wire.sent(frame);
    this.socket.write(frame);
  }

  stats(): ConnectionStats {
    return this.wire.stats(this.decoder.buffered);
  }

  destroy(): void {
    this.wire.open = false;
    this.socket.destroy();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.closed) return resolve();
      const late = setTimeout(() => this.socket.destroy(), 1000);
      this.socket.once('close', () => {
        clearTimeout(late);
        resolve();
      });
      this.socket.end();
    });
  }

  private frame({ bytes, broken }: DecodedFrame): void {
    this.wire.framesIn++;
    if (broken !== undefined) this.wire.incident('broken-frame', broken.reason, bytes, bytes);
    else if (!this.events.reply(bytes)) this.wire.incident('stray-reply', 'a reply nobody waits for', bytes);
  }

  private noise(bytes: Buffer): void {
    if (this.settings.tolerateUnframedReply !== true || !this.events.waiting()) {
      this.wire.noise(bytes);
      return;
    }
    this.unframed.push(bytes);
    if (this.silence !== undefined) this.silence.refresh();
    else this.silence = setTimeout(() => this.takeUnframed(), this.settings.unframedIdleMs ?? 300);
  }

  /** A reply without frame bytes ends with silence, or with the connection. */
  private takeUnframed(): void {
    clearTimeout(this.silence);
    this.silence = undefined;
    if (this.unframed.length === 0) return;
    const bytes = Buffer.concat(this.unframed);
    this.unframed = [];
    this.wire.incident('unframed-reply', 'the reply had no frame bytes', bytes);
    if (!this.events.reply(bytes)) this.wire.noise(bytes);
  }

  private ended(): void {
    const rest = this.decoder.finish();
    if (rest === undefined) this.takeUnframed();
    else if (this.settings.tolerateUnframedReply === true) {
      this.unframed.push(rest);
      this.takeUnframed();
    } else this.wire.incident('broken-frame', 'the peer closed in mid-reply', rest, rest);
  }

  private gone(): void {
    this.wire.open = false;
    this.ended();
    clearTimeout(this.silence);
    this.events.closed(this.reason);
  }
}
