import type { WebMountOptions, WebRequest, WebResponse } from '../../../contracts/adapter/web.ts';
import type { WireIncident } from '../../../contracts/adapter/wire.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';

export interface Mount {
  readonly path: string;
  readonly options: WebMountOptions;
  readonly serve: (request: WebRequest) => Promise<WebResponse>;
  /** Requests under way. */
  running: number;
}

export interface Target {
  /** Decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Path and query of a request line; undefined where they are not validly encoded. */
export function targetOf(url: string): Target | undefined {
  try {
    const { pathname, searchParams } = new URL(url.startsWith('/') ? `http://port${url}` : url);
    const path = decodeURIComponent(pathname);
    return path.includes('\0') ? undefined : { path, query: searchParams };
  } catch {
    return undefined;
  }
}

/** The paths of the interface port and who serves them. */
export class Mounts {
  private readonly byPath = new Map<string, Mount>();

  /** Throws `hub.listener.unavailable` where the path is held. */
  add(path: string, options: WebMountOptions, serve: Mount['serve']): Mount {
    const own = path.replace(/\/+$/, '');
    if (this.byPath.has(own))
      throw new Fault('hub.listener.unavailable', { address: path, reason: 'another endpoint holds it' });
    const mount: Mount = { path: own, options, serve, running: 0 };
    this.byPath.set(own, mount);
    return mount;
  }

  /** Takes a mount away; another one that has taken its path since stays. */
  remove(mount: Mount): void {
    if (this.byPath.get(mount.path) === mount) this.byPath.delete(mount.path);
  }

  /** Who serves a path: the longest prefix in whole segments. */
  find(path: string): Mount | undefined {
    for (let own = path; ; own = own.slice(0, own.lastIndexOf('/'))) {
      const found = this.byPath.get(own);
      if (found !== undefined || own === '') return found;
    }
  }

  get empty(): boolean {
    return this.byPath.size === 0;
  }

  /** The only one there is. */
  get only(): Mount | undefined {
    return this.byPath.size === 1 ? this.byPath.values().next().value : undefined;
  }
}

const QUIET_MS = 60_000;
const MOST = 1000;

/** Lets one of alike incidents through a minute, with the number of those left out: a flood must not fill the ledger. */
export class Quiet {
  private readonly seen = new Map<string, { until: number; folded: number }>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** How many alike were left out before this one; undefined where this one is left out too. */
  pass(key: string): number | undefined {
    const at = this.now();
    const found = this.seen.get(key);
    if (found !== undefined && at < found.until) {
      found.folded++;
      return undefined;
    }
    if (this.seen.size >= MOST) this.seen.clear();
    this.seen.set(key, { until: at + QUIET_MS, folded: 0 });
    return found?.folded ?? 0;
  }
}

export const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64)).toString('hex');

export type Noted = Omit<WireIncident, 'at'>;
