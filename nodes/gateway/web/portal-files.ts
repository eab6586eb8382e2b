import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { decodeSegment } from '../http/query.ts';
import { unsafeText } from '../http/safe.ts';

export interface PortalFile {
  readonly type: string;
  readonly body: Buffer;
  readonly gzip: Buffer | undefined;
  readonly brotli: Buffer | undefined;
  readonly etag: string;
  /** The name carries a hash of the content: it never changes. */
  readonly immutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};
const compressible = /^(text\/|application\/(json|manifest|wasm)|image\/svg)/;
const hashed = /^\/assets\/.*-[\w-]{8}\.\w+$/;

/**
 * Files of the built portal, kept in memory with their compressed forms; a file that changes on disk is read anew. The
 * folder is ours and small (a few MB), so nothing needs to leave the memory.
 */
export class PortalFiles {
  private readonly root: string;
  private readonly kept = new Map<string, { file: PortalFile; stamp: string }>();

  constructor(folder: string) {
    this.root = resolve(folder);
  }

  /** The file at a URL path; undefined where there is none. Never leaves the folder. */
  async get(path: string): Promise<PortalFile | undefined> {
    const name = decodeSegment(path);
    if (unsafeText(name) || name.includes('\\') || name.split('/').some((part) => part.startsWith('.')))
      return undefined;
    const full = join(this.root, name);
    if (!full.startsWith(this.root + sep)) return undefined;
    const info = await stat(full).catch(() => undefined);
    if (!info?.isFile()) return undefined;
    const stamp = `${info.mtimeMs}:${info.size}`;
    const known = this.kept.get(name);
    if (known?.stamp === stamp) return known.file;
    const file = await load(full, name);
    this.kept.set(name, { file, stamp });
    return file;
  }
}

async function load(full: string, name: string): Promise<PortalFile> {
  const body = await readFile(full);
  const type = types[extname(full).toLowerCase()] ?? 'application/octet-stream';
  const squeeze = compressible.test(type) && body.length > 512;
  const [zipped, brotli] = squeeze
    ? await Promise.all([
        readFile(`${full}.gz`).catch(() => promisify(gzip)(body)),
        readFile(`${full}.br`).catch(() =>
          promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
        ),
      ])
    : [undefined, undefined];
  return {
    type,
    body,
    gzip: zipped,
    brotli,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    immutable: hashed.test(name),
  };
}
