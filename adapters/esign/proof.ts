import { createHash, createHmac, sign, timingSafeEqual } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';
import { isFault } from '../../contracts/kernel/fault.ts';
import { readBundle, readCertificate } from './certificate.ts';
import { childrenOf, derOf, hexOf, tags } from './der.ts';
import type { ProofIn } from './descriptor.ts';
import { Files, unusable } from './files.ts';
import { holds, usualUserId } from './key.ts';
import type { ProofOut } from './settings.ts';
import type { Tree } from './tree.ts';

type Common = Pick<ProofOut, 'kind' | 'over' | 'encoding' | 'signature' | 'timestamp' | 'nonce'>;

/** Names of the headers or fields of a proof. */
export function namesOf({ over, signature, timestamp, nonce }: Common) {
  const [s, t, n] =
    over === 'fields' ? ['sign', 'timestamp', 'nonce'] : ['x-signature', 'x-timestamp', 'x-nonce'];
  const name = (given: string | undefined, usual: string): string =>
    over === 'fields' ? (given ?? usual) : (given ?? usual).toLowerCase();
  return { signature: name(signature, s!), timestamp: name(timestamp, t!), nonce: name(nonce, n!) };
}

/** Signed are timestamp, LF, nonce, LF, body. */
export const overBody = (timestamp: string, nonce: string, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body]);

/** Signed are the top fields by name as `k=v`, joined by `&`: empty ones and the signature left out, lists and objects as JSON. */
export function overFields(tree: Tree, signature: string): Buffer {
  const entries =
    typeof tree === 'object' && tree !== null && !Array.isArray(tree) ? Object.entries(tree) : [];
  const parts = entries
    .filter(([name, value]) => name !== signature && value !== null && value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return Buffer.from(parts.join('&'));
}

/** Makes proofs of our requests. */
export class Prover {
  private readonly settings: ProofOut;
  private readonly key: Files<Buffer>;

  constructor(settings: ProofOut) {
    this.settings = settings;
    const { key } = settings;
    this.key = new Files([key], (read) => (key === undefined ? Buffer.alloc(0) : read(key)));
  }

  /** Throws `hub.certificate.unusable` where the key cannot be used. */
  prove(message: Uint8Array): string {
    const { kind, encoding = 'hex', secret = '', key = '' } = this.settings;
    if (kind === 'hmac-sha256' || kind === 'hmac-sm3')
      return createHmac(kind.slice(5), secret).update(message).digest(encoding);
    try {
      const pem = this.key.load();
      if (kind === 'rsa-sha256') return sign('sha256', message, pem).toString(encoding);
      const scalar = scalarIn(pem);
      const made = sm2.doSignature(message, scalar, { hash: true, der: true });
      return Buffer.from(made, 'hex').toString(encoding);
    } catch (error) {
      throw isFault(error) ? error : unusable(key, 'holds no private key that can be used');
    }
  }
}

/** Of an unencrypted SM2 key, in PKCS #8 or as RFC 5915 has it; node reads it and cannot give it. */
function scalarIn(file: Buffer): string {
  const [key = file] = [...readBundle(file, 'PRIVATE KEY'), ...readBundle(file, 'EC PRIVATE KEY')];
  const parts = childrenOf(derOf(key, tags.sequence));
  const own = parts[1]?.tag === tags.sequence ? childrenOf(derOf(parts[2]!.value, tags.sequence)) : parts;
  const scalar = own[1];
  if (scalar?.tag !== tags.octets || scalar.value.length > 32) throw new RangeError('no private key');
  return hexOf(scalar.value).padStart(64, '0');
}

/** Signatures remembered against replay. */
const MOST_SEEN = 200_000;

export type Proven =
  /** `done` tells whether it was kept; what was not may come again. */
  | { readonly done: (kept: boolean) => void }
  /** The same callback was kept within the window. */
  | { readonly again: true }
  | { readonly refusal: string; readonly busy?: boolean };

/** Checks that a callback is its sender's and fresh, and whether it came before. */
export class Verifier {
  private readonly settings: ProofIn;
  private readonly now: () => number;
  private readonly certificate: Files<Buffer>;
  private readonly seen = new Map<string, { readonly until: number; kept: boolean }>();

  constructor(settings: ProofIn, now: () => number) {
    this.settings = settings;
    this.now = now;
    const { certificate } = settings;
    this.certificate = new Files([certificate], (read) =>
      certificate === undefined ? Buffer.alloc(0) : readFirst(read(certificate)),
    );
  }

  verify(given: { signature?: string; timestamp?: string; nonce?: string }, message: Uint8Array): Proven {
    const { timestamp = '' } = given;
    if (!given.signature) return { refusal: 'no signature' };
    const window = (this.settings.windowSeconds ?? 300) * 1000;
    const now = this.now();
    const at = /^\d{10}$/.test(timestamp)
      ? Number(timestamp) * 1000
      : /^\d{13}$/.test(timestamp)
        ? Number(timestamp)
        : Number.NaN;
    if (Number.isNaN(at)) return { refusal: 'no timestamp' };
    if (Math.abs(now - at) > window) return { refusal: 'the timestamp is outside the window' };
    const signature = this.read(given.signature);
    if (!signature || !this.holds(signature, message)) return { refusal: 'wrong signature' };
    // The message and not the signature: of one message many signatures with a key hold.
    return this.first(createHash('sha256').update(message).digest('base64'), at + window, now);
  }

  private read(text: string): Buffer | undefined {
    const { encoding = 'hex' } = this.settings;
    const pattern = encoding === 'hex' ? /^([0-9a-fA-F]{2})+$/ : /^[A-Za-z0-9+/]+={0,2}$/;
    return pattern.test(text) ? Buffer.from(text, encoding) : undefined;
  }

  private holds(signature: Buffer, message: Uint8Array): boolean {
    const { kind, secrets = [] } = this.settings;
    if (kind === 'rsa-sha256' || kind === 'sm2-sm3') {
      const key = readCertificate(this.certificate.load())?.key;
      return !!key && holds(key, kind === 'sm2-sm3' ? 'SM3' : 'SHA-256', message, signature, usualUserId);
    }
    let found = false;
    for (const secret of secrets) {
      const made = createHmac(kind.slice(5), secret).update(message).digest();
      found = (made.length === signature.length && timingSafeEqual(made, signature)) || found;
    }
    return found;
  }

  private first(key: string, until: number, now: number): Proven {
    const known = this.seen.get(key);
    if (known) return known.kept ? { again: true } : { refusal: 'it is being handled', busy: true };
    if (this.seen.size >= MOST_SEEN) {
      for (const [old, entry] of this.seen) if (entry.until < now) this.seen.delete(old);
      if (this.seen.size >= MOST_SEEN) return { refusal: 'too many callbacks in the window', busy: true };
    }
    const entry = { until, kept: false };
    this.seen.set(key, entry);
    return {
      done: (kept) => {
        if (kept) entry.kept = true;
        else this.seen.delete(key);
      },
    };
  }
}

function readFirst(bytes: Buffer): Buffer {
  return Buffer.from(readBundle(bytes)[0] ?? bytes);
}
