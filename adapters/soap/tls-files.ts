import { readFileSync, statSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { SendSettings } from './descriptor.ts';

type TlsSettings = NonNullable<SendSettings['tls']>;

/** Certificate files of a sender, read again when one of them changed. */
export class TlsFiles {
  private readonly settings: TlsSettings;
  private seen = '';

  constructor(settings: TlsSettings) {
    this.settings = settings;
  }

  /** Throws `hub.certificate.unusable` where a file cannot be read. */
  load(): SecureContextOptions & { servername?: string } {
    const { ca, certificate, key, passphrase, serverName } = this.settings;
    this.seen = this.stamp();
    return {
      ...(ca !== undefined && { ca: read(ca) }),
      ...(certificate !== undefined && { cert: read(certificate) }),
      ...(key !== undefined && { key: read(key) }),
      ...(passphrase !== undefined && { passphrase }),
      ...(serverName !== undefined && { servername: serverName }),
    };
  }

  changed(): boolean {
    return this.stamp() !== this.seen;
  }

  private stamp(): string {
    const { ca, certificate, key } = this.settings;
    return [ca, certificate, key]
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
    throw new Fault(
      'hub.certificate.unusable',
      { file, reason: (error as NodeJS.ErrnoException).code ?? '' },
      error,
    );
  }
}
