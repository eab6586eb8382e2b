import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { catalogue, type FaultCode } from '../../contracts/faults/catalogue.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { readTls, renewTls, type TlsPaths } from '../kit/tls-files.ts';
import { problemOf } from './http/problem.ts';
import type { GatewayKit, GatewayOptions } from './options.ts';
import type { LiveNotice } from './stream/client.ts';
import { App } from './web/app.ts';

export interface Gateway {
  /** Opens the port; 0 takes a free one. Rejects with the error of the socket, e.g. EADDRINUSE. */
  listen(port: number): Promise<{ port: number }>;
  /** Answers what is under way, refuses what is new, ends streams with a word on when to come again. */
  close(): Promise<void>;
  /** The mesh said that events were written. */
  written(): void;
  /** The mesh passed on a notice that is not kept. */
  live(notice: LiveNotice): void;
  /** A session ended on some node; its id is the digest of the token. */
  sessionEnded(id: string): void;
  sessionChanged(id: string): void;
}

/** The one door for people: REST of the contracts, live stream, OpenAPI, portal, health and metrics. */
export function createGateway(kit: GatewayKit, options: GatewayOptions): Gateway {
  const app = new App(kit, options);
  const server = serverOf(app, kit, options);
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    app.stopping = true;
    if (!server.listening) return;
    if (options.noticeMs) await new Promise((done) => setTimeout(done, options.noticeMs));
    app.stream.stop();
    const closed = new Promise<void>((done) => server.close(() => done()));
    // A connection that was answering becomes idle and would be kept for the next request.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const cut = setTimeout(() => server.closeAllConnections(), options.drainMs ?? 10_000);
    await closed;
    clearInterval(idle);
    clearTimeout(cut);
  };

  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port, ...(options.host ? { host: options.host } : {}) }, () => {
          server.off('error', reject);
          const bound = (server.address() as AddressInfo).port;
          options.listening?.(bound);
          resolve({ port: bound });
        });
      }),
    close: () => (closing ??= close()),
    written: () => app.stream.written(),
    live: (notice) => app.stream.live(notice),
    sessionEnded: (id) => app.sessions.ended(id),
    sessionChanged: (id) => app.sessions.forget(id),
  };
}

function serverOf(app: App, kit: GatewayKit, options: GatewayOptions): Server {
  const limits = { maxHeaderSize: 16 * 1024, keepAlive: true, requireHostHeader: true };
  const { tls } = options;
  const server = tls ? secureServer(app, kit, tls, limits) : createServer(limits, app.express);
  server.headersTimeout = 15_000;
  server.requestTimeout = 60_000;
  // Longer than the 60 s of common balancers, so that they close first.
  server.keepAliveTimeout = 65_000;
  server.maxHeadersCount = 100;
  server.maxConnections = options.maxConnections ?? 10_000;
  server.on('clientError', refuseRaw);
  return server;
}

function secureServer(app: App, kit: GatewayKit, tls: TlsPaths, limits: object): Server {
  const server = createTlsServer({ ...limits, ...readTls(tls), minVersion: 'TLSv1.2' }, app.express);
  renewTls(server, tls, {
    now: kit.clock,
    told: (fault) =>
      fault
        ? kit.log.error('renewed certificate refused', { error: fault })
        : kit.log.info('certificate reloaded'),
  });
  return server;
}

const rawFaults: Readonly<Record<string, FaultCode>> = {
  HPE_HEADER_OVERFLOW: 'gateway.headers.large',
  ERR_HTTP_REQUEST_TIMEOUT: 'gateway.request.slow',
};

/** What the HTTP parser refuses has no request: the answer is written by hand. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = rawFaults[error.code ?? ''] ?? 'gateway.request.malformed';
  const { status } = catalogue[code];
  const body = JSON.stringify(problemOf(new Fault(code), 'zh', '', crypto.randomUUID()));
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
