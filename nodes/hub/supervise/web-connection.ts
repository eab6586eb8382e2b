import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FaultCode } from '../../../contracts/faults/catalogue.ts';
import type { Mount } from './web-mounts.ts';

let connections = 0;

/** One connection to the interface port, over all its requests. */
export class WebConnection {
  readonly id = `web#${++connections}`;
  readonly peer: string;
  /** Subject of a client certificate that the CA signed; undefined where there is none. */
  readonly certificate: string | undefined;
  /** Whom its last request was for: an oddity after it is told there. */
  mount: Mount | undefined;
  /** Requests begun and not yet answered. */
  pending = 0;
  /** Bytes came that are no request: the connection ends once what is under way is answered. */
  broken = false;
  /** Ends the reading of a body; false where none is being read. */
  stopReading: (code: FaultCode) => boolean = () => false;

  constructor(socket: Socket) {
    this.peer = addressOf(socket.remoteAddress, socket.remotePort);
    this.certificate = subjectOf(socket);
  }
}

/**
 * A resumed TLS 1.3 session may count as authorised without a certificate, so the certificate itself is asked for too.
 */
function subjectOf(socket: Socket): string | undefined {
  const secure = socket as Partial<TLSSocket>;
  if (secure.encrypted !== true || secure.authorized !== true) return undefined;
  const certificate = secure.getPeerCertificate?.();
  const subject = certificate?.subject as Record<string, string | string[]> | undefined;
  if (certificate?.raw === undefined || subject === undefined) return undefined;
  return Object.entries(subject)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join('+') : value}`)
    .join(', ');
}

/** `10.0.0.7:51234`, IPv6 in brackets, IPv4 in IPv6 as IPv4. */
export function addressOf(host: string | undefined, port: number | undefined): string {
  const plain = (host ?? '?').replace(/^::ffff:(?=\d+\.)/, '');
  return `${plain.includes(':') ? `[${plain}]` : plain}:${port ?? 0}`;
}

/** Header lines by name in lower case; repeated ones are joined. */
export function headersOf(req: IncomingMessage): Record<string, string> {
  const found = Object.entries(req.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return Object.fromEntries(found);
}
