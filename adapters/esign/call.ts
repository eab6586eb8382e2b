import { randomUUID } from 'node:crypto';
import type { Exchanged } from './client.ts';
import type { SendSettings } from './descriptor.ts';
import { type BodyFault, readBody, soapType, writeCall } from './envelope.ts';
import { namesOf, overBody, overFields, Prover } from './proof.ts';
import type { AnswerSettings, OperationSettings, Ours, Readable } from './settings.ts';
import { type Read, readTree, type Tree, textAt, textOf } from './tree.ts';

/** An operation as it goes over the wire. */
export interface Call {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What an answer or a callback says, by the settings. */
export type Told = Taken | NotTaken;
export interface Taken {
  readonly verdict: 'good' | 'pending';
  readonly code: string;
  readonly values: Partial<Record<Readable, string>>;
}
interface NotTaken {
  readonly verdict: 'busy' | 'negative' | 'unreadable';
  readonly code: string;
  readonly reason: string;
  readonly values?: Partial<Record<Readable, string>>;
}

/** Writes requests of one endpoint: fields by name, the envelope, the proof. */
export class Calls {
  private readonly settings: SendSettings;
  private readonly now: () => number;
  private readonly prover: Prover | undefined;

  constructor(settings: SendSettings, now: () => number) {
    this.settings = settings;
    this.now = now;
    this.prover = settings.proof && new Prover(settings.proof);
  }

  /** Throws `hub.certificate.unusable`. */
  write(operation: OperationSettings, values: Partial<Record<Ours, string>>): Call {
    const { soap, url, headers, proof } = this.settings;
    const timestamp = String(this.now());
    const nonce = randomUUID();
    const all = { time: timestamp, nonce, ...values };
    const inFields = proof?.over === 'fields';
    const fields = fieldsOf(operation, all);
    if (inFields && this.prover) {
      const names = namesOf(proof);
      fields[names.timestamp] ??= timestamp;
      fields[names.nonce] ??= nonce;
      fields[names.signature] = this.prover.prove(overFields(fields as Tree, names.signature));
    }
    const text = soap
      ? writeCall(soap, operation.element ?? 'request', fields as Tree)
      : JSON.stringify(fields);
    const body = Buffer.from(text);
    const to = new URL(url);
    if (operation.path !== undefined) to.pathname = to.pathname.replace(/\/$/, '') + operation.path;
    return {
      url: to,
      body,
      headers: {
        'content-type': soap ? soapType(soap) : 'application/json; charset=utf-8',
        ...(soap && soap.version !== '1.2' && { soapaction: `"${operation.action ?? ''}"` }),
        ...headers,
        ...(proof && !inFields && this.signed(timestamp, nonce, body)),
      },
    };
  }

  private signed(timestamp: string, nonce: string, body: Buffer): Record<string, string> {
    const { proof } = this.settings;
    const names = namesOf(proof!);
    return {
      [names.timestamp]: timestamp,
      [names.nonce]: nonce,
      [names.signature]: this.prover!.prove(overBody(timestamp, nonce, body)),
    };
  }
}

interface Fields {
  [name: string]: string | Fields;
}

function fieldsOf({ send }: OperationSettings, values: Partial<Record<string, string>>): Fields {
  const fields: Fields = Object.create(null);
  for (const [path, ours] of Object.entries(send)) {
    const value = ours.startsWith('=') ? ours.slice(1) : values[ours];
    if (value === undefined) continue;
    const steps = path.split('.');
    let at = fields;
    for (const step of steps.slice(0, -1)) {
      const inner = at[step];
      at = typeof inner === 'object' ? inner : ((at[step] = Object.create(null)) as Fields);
    }
    at[steps.at(-1)!] = value;
  }
  return fields;
}

/** Reads the tree of a body: of a SOAP envelope what its first element holds; of an inner text what is in it. */
export function treeOf(
  bytes: Uint8Array,
  contentType: string | undefined,
  soap: boolean,
  inner: string | undefined,
): Read | BodyFault {
  const text = textOf(bytes, contentType);
  if (text === undefined) return { bad: 'the charset does not fit the bytes' };
  const read = soap ? readBody(text) : readTree(text);
  if (!('tree' in read) || inner === undefined) return read;
  const contents = textAt(read.tree, inner);
  return contents === undefined ? { bad: `nothing stands at ${inner}` } : readTree(contents);
}

/** What a body says by the places that the settings name. */
export function tell(tree: Tree, settings: AnswerSettings): Told {
  const code = textAt(tree, settings.code) ?? '';
  const values: Partial<Record<Readable, string>> = {};
  for (const [name, path] of Object.entries(settings.read)) {
    const value = textAt(tree, path);
    if (value !== undefined) values[name as Readable] = value;
  }
  if (settings.pending?.includes(code)) return { verdict: 'pending', code, values };
  if (settings.good.includes(code)) return { verdict: 'good', code, values };
  const reason = textAt(tree, settings.reason)?.slice(0, 300) ?? 'no reason given';
  if (settings.busy?.includes(code)) return { verdict: 'busy', code, reason, values };
  if (code === '') return { verdict: 'unreadable', code, reason: 'the answer has no result code' };
  return { verdict: 'negative', code, reason, values };
}

/** What an HTTP answer says. The status comes first where it is not good; a SOAP fault comes with 500. */
export function readAnswer(
  answer: Extract<Exchanged, { kind: 'answered' }>,
  settings: AnswerSettings,
  soap: boolean,
): Told {
  const { status, body, contentType } = answer;
  const code = String(status);
  const read = treeOf(body, contentType, soap, settings.inner);
  if ('fault' in read) {
    const { fault: reason, busy } = read;
    return { verdict: busy ? 'busy' : 'negative', code, reason: reason.slice(0, 300) };
  }
  if (status >= 500 || status === 408 || status === 429)
    return { verdict: 'busy', code, reason: `status ${status}` };
  if (status < 200 || status > 299) return { verdict: 'negative', code, reason: `status ${status}` };
  return 'bad' in read ? { verdict: 'unreadable', code, reason: read.bad } : tell(read.tree, settings);
}
