import { readFileSync, statSync } from 'node:fs';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { Fault } from '../../contracts/kernel/fault.ts';

/** Names of PEM files; of a listener `ca` is what signs its clients, of a sender what signs its peer. */
export interface TlsFileNames {
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly ca?: string | undefined;
}

/** Certificate files of an endpoint, read again when one of them changed. */
export class TlsFiles {
  private readonly names: TlsFileNames;
  private seen = '';

  constructor(names: TlsFileNames) {
    this.names = names;
  }

  /** Throws `hub.certificate.unusable` where a file cannot be read. */
  load(): SecureContextOptions {
    const { certificate, key, passphrase, ca } = this.names;
    this.seen = this.stamp();
    return {
      ...(certificate !== undefined && { cert: read(certificate) }),
      ...(key !== undefined && { key: read(key) }),
      ...(passphrase !== undefined && { passphrase }),
      ...(ca !== undefined && { ca: read(ca) }),
    };
  }

  changed(): boolean {
    return this.stamp() !== this.seen;
  }

  private stamp(): string {
    const { certificate, key, ca } = this.names;
    return [certificate, key, ca]
      .map((file) => {
        const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
        return stat === undefined ? '-' : `${stat.mtimeMs}/${stat.size}/${stat.ino}`;
      })
      .join(' ');
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unusable(error, file);
  }
}

/** What is wrong with the files as a fault; a fault stays as it is. */
export function unusable(error: unknown, file: string): Fault {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'hub.certificate.unusable') return error as Fault;
  return new Fault('hub.certificate.unusable', { file, reason: code ?? message }, error);
}

/** Subject of the peer's certificate, `CN=gateway-1, O=Hospital`; undefined where it gave none. */
export function subjectOf(socket: TLSSocket): string | undefined {
  const subject = socket.getPeerCertificate()?.subject as Record<string, string | string[]> | undefined;
  if (subject === undefined) return undefined;
  return Object.entries(subject)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join('+') : value}`)
    .join(', ');
}
