import { readFileSync, statSync } from 'node:fs';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { TlsListenSettings, TlsSendSettings } from './descriptor.ts';

/** Certificate files of an endpoint, read again when one of them changed. */
export class TlsFiles {
  private readonly settings: TlsListenSettings | TlsSendSettings;
  private readonly files: string[];
  private seen = '';

  constructor(settings: TlsListenSettings | TlsSendSettings) {
    this.settings = settings;
    this.files = [settings.certificate, settings.key, this.authority()].filter((file) => file !== undefined);
  }

  /** Throws `hub.certificate.unusable` where a file cannot be read. */
  load(): SecureContextOptions {
    const { certificate, key, passphrase } = this.settings;
    const ca = this.authority();
    this.seen = this.stamp();
    return {
      ...(certificate !== undefined && { cert: this.read(certificate) }),
      ...(key !== undefined && { key: this.read(key) }),
      ...(passphrase !== undefined && { passphrase }),
      ...(ca !== undefined && { ca: this.read(ca) }),
    };
  }

  changed(): boolean {
    return this.stamp() !== this.seen;
  }

  private authority(): string | undefined {
    return 'clientCa' in this.settings
      ? this.settings.clientCa
      : 'ca' in this.settings
        ? this.settings.ca
        : undefined;
  }

  private stamp(): string {
    return this.files
      .map((file) => {
        const stat = statSync(file, { throwIfNoEntry: false });
        return stat === undefined ? '-' : `${stat.mtimeMs}/${stat.size}/${stat.ino}`;
      })
      .join(' ');
  }

  private read(file: string): Buffer {
    try {
      return readFileSync(file);
    } catch (error) {
      throw new Fault(
        'hub.certificate.unusable',
        { file, reason: (error as NodeJS.ErrnoException).code ?? '' },
        error,
      );
    }
  }
}

/** Subject of the peer's certificate, `CN=his, O=Hospital`; undefined where it gave none. */
export function subjectOf(socket: TLSSocket): string | undefined {
  const subject = socket.getPeerCertificate()?.subject as Record<string, string | string[]> | undefined;
  if (subject === undefined) return undefined;
  return Object.entries(subject)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join('+') : value}`)
    .join(', ');
}
