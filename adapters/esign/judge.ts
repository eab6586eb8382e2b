import { readCertificate, uses } from './certificate.ts';
import { type DigestName, digests, holds, holdsOverDigest, usualUserId } from './key.ts';
import { checkToken } from './timestamp.ts';
import type { Trust } from './trust.ts';

/** What is signed where a digest is: its bytes, its text, or the document that it is the digest of. */
export type SignedAs = 'bytes' | 'hex' | 'base64' | 'document';

export interface Rules {
  readonly digest: DigestName;
  readonly signedAs: SignedAs;
  readonly userId?: string | undefined;
  /** The certificate must be in the signer's name. */
  readonly signer: 'name' | 'any';
  /** A signature without a timestamp does not count. */
  readonly timestamp: 'required' | 'optional';
}

/** What a CA gave for a digest. */
export interface Evidence {
  readonly hash: Uint8Array;
  /** Who was asked to sign. */
  readonly signer?: string | undefined;
  readonly signature?: Uint8Array | undefined;
  readonly certificate?: string | undefined;
  readonly timestamp?: Uint8Array | undefined;
}

export interface Judgement {
  readonly valid: boolean;
  /** Why not, in Chinese and English: it is shown at the order. */
  readonly reason?: string;
  /** `SM2-SM3`, `RSA-SHA256` … */
  readonly algorithm?: string;
  /** In whose name the certificate is. */
  readonly signer?: string;
  /** Base64 of DER. */
  readonly certificate?: string;
  /** When it was signed: as the timestamp says, else now. */
  readonly at: number;
}

/** How far the clock of a time-stamping service may be ahead of ours. */
const AHEAD_MS = 300_000;

/**
 * Judges what a CA gave without believing it: the signature over the digest by the key of the certificate, the certificate at the
 * time of signing up to a configured authority, the timestamp for the same digest. Never throws but where our own files are
 * not to be read.
 */
export function judge(evidence: Evidence, rules: Rules, trust: Trust, now: number): Judgement {
  const { hash, signature, timestamp } = evidence;
  const bad = (reason: string, more: Partial<Judgement> = {}): Judgement => ({
    at: now,
    ...more,
    valid: false,
    reason,
  });
  if (!signature?.length) return bad('CA 没有给出签名 · the CA gave no signature');
  if (!evidence.certificate) return bad('CA 没有给出证书 · the CA gave no certificate');
  const certificate = readCertificate(evidence.certificate);
  if (!certificate) return bad('证书无法读取 · the certificate cannot be read');
  const { key } = certificate;
  const digest: DigestName = key.kind === 'SM2' ? 'SM3' : rules.digest === 'SM3' ? 'SHA-256' : rules.digest;
  const known = {
    algorithm: `${key.kind === 'EC' ? 'ECDSA' : key.kind}-${digest.replace('-', '')}`,
    signer: certificate.name.slice(0, 100),
    certificate: Buffer.from(certificate.der).toString('base64'),
  };
  const signed =
    rules.signedAs === 'document'
      ? holdsOverDigest(key, rules.digest, hash, signature)
      : holds(key, digest, messageOf(hash, rules.signedAs), signature, rules.userId ?? usualUserId);
  if (!signed)
    return bad('签名与摘要、证书不符 · the signature does not hold for this digest and certificate', known);
  const { usage } = certificate;
  if (usage !== undefined && (usage & (uses.digitalSignature | uses.nonRepudiation)) === 0)
    return bad('证书不是签名证书 · the certificate is not for signatures', known);
  if (rules.signer === 'name' && evidence.signer !== certificate.name)
    return bad('证书属于他人 · the certificate is in the name of somebody else', known);
  if (!timestamp && rules.timestamp === 'required') return bad('没有时间戳 · there is no timestamp', known);
  const stamped = timestamp && checkToken(timestamp, { digest: rules.digest, hash }, trust);
  if (stamped && 'refusal' in stamped) return bad(stamped.refusal, known);
  const at = stamped?.at ?? now;
  if (at > now + AHEAD_MS) return bad('时间戳在未来 · the timestamp lies in the future', known);
  const refusal = trust.refusal(certificate, [], at);
  return refusal ? bad(refusal, { ...known, at }) : { ...known, valid: true, at };
}

export function messageOf(hash: Uint8Array, as: Exclude<SignedAs, 'document'>): Uint8Array {
  if (as === 'bytes') return hash;
  return Buffer.from(Buffer.from(hash).toString(as), 'latin1');
}

/** A digest of the right length, from hexadecimal or base64. */
export function readHash(text: string, digest: DigestName): Buffer | undefined {
  const { bytes } = digests[digest];
  const hash = new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`).test(text)
    ? Buffer.from(text, 'hex')
    : Buffer.from(/^[A-Za-z0-9+/]+={0,2}$/.test(text) ? text : '', 'base64');
  return hash.length === bytes ? hash : undefined;
}

/** Bytes of a signature or token: hexadecimal or base64; undefined where it is neither. */
export function readBytes(text: string): Buffer | undefined {
  const plain = text.replace(/\s+/g, '');
  if (/^([0-9a-fA-F]{2})+$/.test(plain)) return Buffer.from(plain, 'hex');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(plain) ? Buffer.from(plain, 'base64') : undefined;
}
