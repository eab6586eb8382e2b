import { readBytes, readHash } from './judge.ts';
import { type DigestName, digestOf } from './key.ts';
import { readTree, type Tree, textAt, textOf } from './tree.ts';

export type OperationName = 'sign' | 'verify' | 'timestamp';

/** What a channel asks of us. */
export interface Request {
  readonly operation: OperationName;
  readonly document: string;
  readonly title: string;
  readonly signer: string;
  readonly order: { readonly placer?: string; readonly authority?: string; readonly filler?: string };
  readonly hash: Buffer;
  /** Of a verification, and of a timestamp that goes with a signature. */
  readonly signature: Buffer | undefined;
  readonly certificate: string | undefined;
  readonly timestamp: Buffer | undefined;
}

/**
 * Reads `{ operation, document, title?, signer?, order: { placer, authority, filler }, hashes: { sha256, sm3 } | text | content,
 * signature?, certificate?, timestamp? }`. `text` is signed as UTF-8, `content` is base64; the digest of either is made here.
 */
export function readRequest(
  bytes: Uint8Array,
  digest: DigestName,
  given: string | undefined,
): Request | { readonly bad: string } {
  const text = textOf(bytes, undefined);
  const read = text === undefined ? { bad: 'is not UTF-8' } : readTree(text);
  if ('bad' in read) return read;
  const at = (path: string): string | undefined => textAt(read.tree, path);
  const operation = given ?? at('operation') ?? 'sign';
  if (operation !== 'sign' && operation !== 'verify' && operation !== 'timestamp')
    return { bad: `operation: "${operation.slice(0, 20)}" is not sign, verify or timestamp` };
  const document = at('document');
  if (document === undefined) return { bad: 'document: is missing' };
  const hash = hashIn(read.tree, digest);
  if (!hash) return { bad: `hashes: no digest by ${digest}, nor a text or content to make it of` };
  const [placer, authority, filler] = [at('order.placer'), at('order.authority'), at('order.filler')];
  return {
    operation,
    document,
    title: at('title') ?? document,
    signer: at('signer') ?? '',
    order: { ...(placer && { placer }), ...(authority && { authority }), ...(filler && { filler }) },
    hash,
    signature: readBytes(at('signature') ?? ''),
    certificate: at('certificate'),
    timestamp: readBytes(at('timestamp') ?? ''),
  };
}

function hashIn(tree: Tree, digest: DigestName): Buffer | undefined {
  const hash = textAt(tree, digest === 'SM3' ? 'hashes.sm3' : 'hashes.sha256');
  if (hash !== undefined) return readHash(hash, digest);
  const text = textAt(tree, 'text');
  if (text !== undefined) return digestOf(digest, text);
  const content = readContent(textAt(tree, 'content'));
  return content && digestOf(digest, content);
}

const readContent = (text: string | undefined): Buffer | undefined =>
  text !== undefined && /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
