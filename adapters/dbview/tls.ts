import { readFileSync } from 'node:fs';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { ConnectionSettings } from './descriptor.ts';

/** What Node's TLS needs to call them; their certificate is always verified. */
export interface ClientTls {
  readonly rejectUnauthorized: true;
  readonly servername: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export function clientTls({ tls, host }: ConnectionSettings): ClientTls {
  return {
    rejectUnauthorized: true,
    servername: tls?.serverName ?? host ?? '',
    ...(tls?.ca === undefined ? {} : { ca: read(tls.ca) }),
    ...(tls?.certificate === undefined ? {} : { cert: read(tls.certificate) }),
    ...(tls?.key === undefined ? {} : { key: read(tls.key) }),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Fault(
      'hub.certificate.unusable',
      { file, reason: (error as NodeJS.ErrnoException).code ?? '' },
      error,
    );
  }
}
