import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw } from 'node:zlib';
import type { WebRequest } from '../../contracts/adapter/web.ts';
import type { ListenSettings } from './descriptor.ts';

/** Texts beside the message: as many and as long as the journal keeps. */
const MOST_META = 40;
const LONGEST_META = 500;

export type Received =
  | { readonly bytes: Uint8Array; readonly meta: Readonly<Record<string, string>> }
  | { readonly status: 400 | 413 | 415; readonly reason: string };

/** The message of a request, and what the request says beside it. */
export async function receive(request: WebRequest, settings: ListenSettings): Promise<Received> {
  const { headers } = request;
  const type = headers['content-type'] ?? '';
  const about = aboutOf(request, settings);
  if (request.method === 'GET') return { bytes: Buffer.from(queryJson(request.query)), meta: cut(about) };
  if (!allowed(type, settings.contentTypes))
    return { status: 415, reason: 'this content type is not taken here' };
  const plain = await inflated(request, settings.maxBytes ?? 16777216);
  if ('status' in plain) return plain;
  const form = await formOf(plain.bytes, type, settings.field);
  if (form !== undefined && 'status' in form) return form;
  const { bytes, meta } = form ?? { bytes: plain.bytes, meta: {} };
  if (bytes.byteLength === 0) return { status: 400, reason: 'the body is empty' };
  return { bytes, meta: cut({ ...about, ...meta }) };
}

function aboutOf(request: WebRequest, { keepHeaders = [] }: ListenSettings): Record<string, string> {
  const { headers, method, path, query } = request;
  return {
    method,
    path,
    ...given('contentType', headers['content-type']),
    ...given('idempotencyKey', headers['idempotency-key']),
    ...Object.assign(
      {},
      ...keepHeaders.map((name) => given(`header.${name.toLowerCase()}`, headers[name.toLowerCase()])),
    ),
    ...(method === 'GET'
      ? {}
      : Object.fromEntries([...query].map(([name, value]) => [`query.${name}`, value]))),
  };
}

const given = (name: string, value: string | undefined): Record<string, string> =>
  value === undefined || value === '' ? {} : { [name]: value };

function cut(meta: Record<string, string>): Record<string, string> {
  const kept = Object.entries(meta).slice(0, MOST_META);
  return Object.fromEntries(kept.map(([name, value]) => [name.slice(0, 100), value.slice(0, LONGEST_META)]));
}

/** `{"id":"7","state":["a","b"]}` */
function queryJson(query: URLSearchParams): string {
  const names = [...new Set(query.keys())];
  const values = names.map((name) => {
    const all = query.getAll(name);
    return [name, all.length === 1 ? all[0] : all] as const;
  });
  return JSON.stringify(Object.fromEntries(values));
}

export const essence = (type: string): string => type.split(';')[0]!.trim().toLowerCase();

function allowed(type: string, types: readonly string[] | undefined): boolean {
  if (types === undefined) return true;
  const own = essence(type);
  return types.some((one) => {
    const wanted = one.toLowerCase();
    return wanted.endsWith('/*') ? own.startsWith(wanted.slice(0, -1)) : own === wanted;
  });
}

const unzip = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  raw: promisify(inflateRaw),
};

/** The body without its content coding (RFC 9110, section 8.4), no longer than `most` afterwards either. */
async function inflated(
  { headers, body }: WebRequest,
  most: number,
): Promise<{ bytes: Uint8Array } | { status: 400 | 413 | 415; reason: string }> {
  const coding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity') return { bytes: body };
  const gzip = coding === 'gzip' || coding === 'x-gzip';
  if (!gzip && coding !== 'deflate') return { status: 415, reason: 'only gzip and deflate are taken' };
  const limit = { maxOutputLength: most };
  try {
    // Of deflate both kinds are in use: with the zlib header (RFC 1950), as it should be, and without.
    const zlib = ((body[0] ?? 0) & 0x0f) === 8 && (((body[0] ?? 0) << 8) | (body[1] ?? 0)) % 31 === 0;
    const how = gzip ? unzip.gzip : zlib ? unzip.deflate : unzip.raw;
    return { bytes: await how(body, limit) };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? { status: 413, reason: `longer than ${most} bytes when inflated` }
      : { status: 400, reason: `not valid ${coding}` };
  }
}

type Form = { bytes: Uint8Array; meta: Record<string, string> } | { status: 400; reason: string };

/** Of a form the one file, or the field that the settings name, is the message; undefined where the body is no such form. */
async function formOf(bytes: Uint8Array, type: string, field: string | undefined): Promise<Form | undefined> {
  const kind = essence(type);
  const multipart = kind === 'multipart/form-data';
  if (!multipart && !(kind === 'application/x-www-form-urlencoded' && field !== undefined)) return undefined;
  let parts: [string, File | string][];
  try {
    const response = new Response(new Uint8Array(bytes), { headers: { 'content-type': type } });
    parts = [...(await response.formData())] as [string, File | string][];
  } catch {
    return { status: 400, reason: 'the form cannot be read' };
  }
  const chosen = parts.filter(([name, value]) =>
    field === undefined ? typeof value !== 'string' : name === field,
  );
  const [own, more] = chosen;
  if (own === undefined || more !== undefined)
    return {
      status: 400,
      reason: field === undefined ? 'the form must have one file' : `the form must have one ${field}`,
    };
  const value = own[1];
  const texts = parts.filter((part) => part !== own && typeof part[1] === 'string');
  const meta = Object.fromEntries(texts.map(([name, text]) => [`form.${name}`, text as string]));
  if (typeof value === 'string') return { bytes: Buffer.from(value), meta };
  return {
    bytes: new Uint8Array(await value.arrayBuffer()),
    meta: { ...meta, ...given('file', value.name), ...given('contentType', value.type) },
  };
}
