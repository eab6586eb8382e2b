import { readFileSync, statSync } from 'node:fs';
import { Fault } from '../../contracts/kernel/fault.ts';

/** What files hold, read again when one of them changed. */
export class Files<T> {
  private readonly paths: readonly string[];
  private readonly make: (read: (file: string) => Buffer) => T;
  private seen: string | undefined;
  private made: T | undefined;

  constructor(paths: readonly (string | undefined)[], make: (read: (file: string) => Buffer) => T) {
    this.paths = paths.filter((path) => path !== undefined);
    this.make = make;
  }

  /** Throws `hub.certificate.unusable` where a file cannot be read. */
  load(): T {
    const stamp = this.paths.map(stampOf).join(' ');
    if (stamp !== this.seen) {
      this.made = this.make(read);
      this.seen = stamp;
    }
    return this.made as T;
  }
}

/** A text in the settings may stand for a file. */
const isPem = (file: string): boolean => file.startsWith('-----BEGIN');

function stampOf(file: string): string {
  if (isPem(file)) return 'text';
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '-' : `${stat.mtimeMs}/${stat.size}/${stat.ino}`;
}

function read(file: string): Buffer {
  if (isPem(file)) return Buffer.from(file);
  try {
    return readFileSync(file);
  } catch (error) {
    throw unusable(file, (error as NodeJS.ErrnoException).code ?? '');
  }
}

export const unusable = (file: string, reason: string): Fault =>
  new Fault('hub.certificate.unusable', { file: isPem(file) ? 'PEM' : file, reason });
