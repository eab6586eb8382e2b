import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface SignatureSettings {
  readonly algorithm?: 'sha256' | 'sm3';
  readonly header?: string;
  readonly timestampHeader?: string;
  readonly nonceHeader?: string;
}

export const signatureHeaders = (s: SignatureSettings) => ({
  signature: (s.header ?? 'x-signature').toLowerCase(),
  timestamp: (s.timestampHeader ?? 'x-timestamp').toLowerCase(),
  nonce: (s.nonceHeader ?? 'x-nonce').toLowerCase(),
});

/** HMAC (RFC 2104) over timestamp, LF, nonce, LF, content. */
export function sign(
  secret: string,
  algorithm: 'sha256' | 'sm3',
  timestamp: string,
  nonce: string,
  content: Uint8Array | string,
): Buffer {
  return createHmac(algorithm, secret).update(`${timestamp}\n${nonce}\n`).update(content).digest();
}

/** Equal, in a time that says nothing about where they differ, whatever their lengths. */
export function same(a: Uint8Array | string, b: Uint8Array | string): boolean {
  const digest = (x: Uint8Array | string): Buffer => createHash('sha256').update(x).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Whether the text equals one of several secrets; all are compared. */
export function oneOf(text: string, secrets: readonly string[]): boolean {
  let found = false;
  for (const secret of secrets) found = same(text, secret) || found;
  return found;
}

/** A digest written in hexadecimal or base64; undefined where it is neither. */
export function digestOf(text: string): Buffer | undefined {
  const plain = text.trim().replace(/^(sha256|sm3)=/i, '');
  if (/^[0-9a-fA-F]{64}$/.test(plain)) return Buffer.from(plain, 'hex');
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(plain) ? Buffer.from(plain, 'base64') : undefined;
}
