import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:tls';
import { Fault } from '../../contracts/kernel/fault.ts';

/** Paths of PEM files. With `ca` clients are asked for a certificate. */
export interface TlsPaths {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** How often a new connection looks whether a file changed. */
const LOOK_MS = 1000;

/** Certificate files of a server. Throws `hub.certificate.unusable` where one cannot be read. */
export function readTls({ cert, key, ca }: TlsPaths): { cert: Buffer; key: Buffer; ca?: Buffer } {
  return { cert: pem(cert), key: pem(key), ...(ca === undefined ? {} : { ca: pem(ca) }) };
}

/**
 * Takes renewed certificate files without a restart: a new connection finds them changed. What cannot be used is told and the old
 * ones stay.
 */
export function renewTls(
  server: Pick<Server, 'prependListener' | 'setSecureContext'>,
  paths: TlsPaths,
  options: { readonly now: () => number; readonly told: (problem: Fault | undefined) => void },
): void {
  let seen = stamp(paths);
  let looked = 0;
  server.prependListener('connection', () => {
    const now = options.now();
    if (now - looked < LOOK_MS) return;
    looked = now;
    const found = stamp(paths);
    if (found === seen) return;
    seen = found;
    try {
      server.setSecureContext({ ...readTls(paths), minVersion: 'TLSv1.2' });
      options.told(undefined);
    } catch (error) {
      options.told(unusable(error, paths.cert));
    }
  });
}

/** What went wrong with certificate files, as a fault that names the file. */
export function unusable(error: unknown, file: string): Fault {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'hub.certificate.unusable'
    ? (error as Fault)
    : new Fault('hub.certificate.unusable', { file, reason: code ?? message }, error);
}

function pem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unusable(error, file);
  }
}

const stamp = (paths: TlsPaths): string =>
  [paths.cert, paths.key, paths.ca ?? '']
    .map((file) => {
      const stat = file === '' ? undefined : statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? '-' : `${stat.mtimeMs}/${stat.size}/${stat.ino}`;
    })
    .join(' ');
