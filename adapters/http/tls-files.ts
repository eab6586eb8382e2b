import { readFileSync, statSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { TlsSettings } from './settings.ts';

/** Certificate files of a client, read again when one of them changed. */
export class TlsFiles {
  private readonly settings: TlsSettings;
  private seen = '';
  private read: SecureContextOptions = {};

  constructor(settings: TlsSettings) {
    this.settings = settings;
  }

  /** What they hold now, and whether that is new. Throws `hub.certificate.unusable` where a file cannot be read. */
  load(): { readonly options: SecureContextOptions; readonly changed: boolean } {
    const { ca, certificate, key, passphrase } = this.settings;
    const stamp = [ca, certificate, key].map(stampOf).join(' ');
    if (stamp === this.seen) return { options: this.read, changed: false };
    this.read = {
      ...(ca !== undefined && { ca: contents(ca) }),
      ...(certificate !== undefined && { cert: contents(certificate) }),
      ...(key !== undefined && { key: contents(key) }),
      ...(passphrase !== undefined && { passphrase }),
    };
    this.seen = stamp;
    return { options: this.read, changed: true };
  }
}

function stampOf(file: string | undefined): string {
  const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '-' : `${stat.mtimeMs}/${stat.size}/${stat.ino}`;
}

function contents(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? '';
    throw new Fault('hub.certificate.unusable', { file, reason }, error);
  }
}
