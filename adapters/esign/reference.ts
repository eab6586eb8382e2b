import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DigestName } from './key.ts';

/** What a callback has to do with: a request of ours, as we signed it. */
export interface Pending {
  readonly document: string;
  readonly digest: DigestName;
  /** Hexadecimal. */
  readonly hash: string;
  readonly signer: string;
  readonly order: { readonly placer?: string; readonly authority?: string; readonly filler?: string };
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * A pending request is not remembered but signed and handed over: whoever calls back brings it along. So a callback that overtakes
 * the answer, reaches another node, or comes after a restart is bound to its request all the same.
 */
export function writeReference(pending: Pending, secret: string): string {
  const { document, digest, hash, signer, order, at } = pending;
  const fields = [
    document,
    digest,
    hash,
    signer,
    order.placer ?? '',
    order.authority ?? '',
    order.filler ?? '',
    at,
  ];
  const body = Buffer.from(JSON.stringify(fields)).toString('base64url');
  return `${body}.${macOf(body, secret)}`;
}

export function readReference(text: string, secret: string): Pending | undefined {
  const [, body, mac] = /^([\w-]{1,4000})\.([\w-]{32})$/.exec(text) ?? [];
  if (body === undefined || mac === undefined) return undefined;
  if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(body, secret)))) return undefined;
  const [document, digest, hash, signer, placer, authority, filler, at] = JSON.parse(
    Buffer.from(body, 'base64url').toString('utf8'),
  ) as [string, DigestName, string, string, string, string, string, number];
  const order = { ...(placer && { placer }), ...(authority && { authority }), ...(filler && { filler }) };
  return { document, digest, hash, signer, order, at };
}

const macOf = (body: string, secret: string): string =>
  createHmac('sha256', secret).update(`esign\n${body}`).digest().subarray(0, 24).toString('base64url');
