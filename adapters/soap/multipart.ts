import { t } from '../../contracts/kernel/text.ts';
import { type MediaType, mediaTypeOf } from './media-type.ts';
import { SoapProblem } from './problem.ts';

/** Parts of multipart/related (RFC 2387), as SOAP with attachments and MTOM send them. */
export interface Part {
  readonly id: string;
  readonly media: MediaType;
  readonly bytes: Uint8Array;
}

const MOST_PARTS = 100;
const MOST_HEADER_BYTES = 16_384;

/** The root part first. */
export function readMultipart(body: Uint8Array, media: MediaType): Part[] {
  const { boundary = '', start } = media.params;
  if (boundary === '' || boundary.length > 200) throw wrong('it names no boundary');
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const parts = split(bytes, `--${boundary}`).map(partOf);
  const wanted = start?.replace(/^<|>$/g, '');
  const root = wanted === undefined ? parts[0] : parts.find((part) => part.id === wanted);
  if (root === undefined) throw wrong('the root part is missing');
  return [root, ...parts.filter((part) => part !== root)];
}

function split(bytes: Buffer, delimiter: string): Buffer[] {
  const parts: Buffer[] = [];
  let at = bytes.indexOf(delimiter);
  if (at > 0 && bytes[at - 1] !== 0x0a) at = bytes.indexOf(`\n${delimiter}`, 0) + 1 || -1;
  for (;;) {
    if (at === -1) throw wrong('its end is missing');
    const behind = at + delimiter.length;
    if (bytes.toString('latin1', behind, behind + 2) === '--') return parts;
    const line = bytes.indexOf('\n', behind);
    const next = line === -1 ? -1 : bytes.indexOf(`\n${delimiter}`, line);
    if (next === -1) throw wrong('its end is missing');
    if (parts.length >= MOST_PARTS) throw wrong(`more than ${MOST_PARTS} parts`);
    parts.push(bytes.subarray(line + 1, Math.max(line + 1, bytes[next - 1] === 0x0d ? next - 1 : next)));
    at = next + 1;
  }
}

function partOf(bytes: Buffer): Part {
  const head = bytes.subarray(0, MOST_HEADER_BYTES).toString('latin1');
  const end = /^(?:\r?\n)|\r?\n\r?\n/.exec(head);
  if (end === null) throw wrong('a part without headers');
  const header = (name: string) =>
    new RegExp(`^${name}:[ \\t]*((?:[^\\r\\n]|\\r?\\n[ \\t])*)`, 'im')
      .exec(head.slice(0, end.index))?.[1]
      ?.trim();
  if (/^(base64|quoted-printable)$/i.test(header('Content-Transfer-Encoding') ?? ''))
    throw wrong('a part in base64 or quoted-printable');
  return {
    id: header('Content-ID')?.replace(/^<|>$/g, '') ?? '',
    media: mediaTypeOf(header('Content-Type')),
    bytes: bytes.subarray(end.index + end[0].length),
  };
}

const wrong = (reason: string): SoapProblem =>
  new SoapProblem(t(`multipart 请求不正确：${reason}`, `The multipart request is not accepted: ${reason}`), {
    kind: 'broken-frame',
  });
