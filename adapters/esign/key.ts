import { constants, createHash, createPublicKey, type KeyObject, publicDecrypt, verify } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';
import { bitsOf, childrenOf, type Der, derOf, hexOf, oidOf, tags } from './der.ts';

/** Digests by our name of them. */
export const digests = {
  SM3: { node: 'sm3', oid: '1.2.156.10197.1.401', bytes: 32 },
  'SHA-256': { node: 'sha256', oid: '2.16.840.1.101.3.4.2.1', bytes: 32 },
  'SHA-384': { node: 'sha384', oid: '2.16.840.1.101.3.4.2.2', bytes: 48 },
  'SHA-512': { node: 'sha512', oid: '2.16.840.1.101.3.4.2.3', bytes: 64 },
} as const;
export type DigestName = keyof typeof digests;

export const digestByOid = (oid: string): DigestName | undefined =>
  (Object.keys(digests) as DigestName[]).find((name) => digests[name].oid === oid);

export const digestOf = (name: DigestName, bytes: Uint8Array | string): Buffer =>
  createHash(digests[name].node).update(bytes).digest();

/** The user id of SM2 where nobody agreed on another (GM/T 0009, section 10). */
export const usualUserId = '1234567812345678';

export type PublicKey =
  | { readonly kind: 'SM2'; readonly point: string }
  | { readonly kind: 'RSA' | 'EC'; readonly key: KeyObject };

const oids = { ec: '1.2.840.10045.2.1', sm2: '1.2.156.10197.1.301', rsa: '1.2.840.113549.1.1.1' };

/** SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7). Throws where it is none that we can check signatures with. */
export function readKey(info: Der): PublicKey {
  const [algorithm, bits] = childrenOf(info);
  const [kind, curve] = childrenOf(algorithm!);
  const name = oidOf(kind!);
  if (name === oids.ec && curve?.tag === tags.oid && oidOf(curve) === oids.sm2) {
    const point = hexOf(bitsOf(bits!));
    if (!sm2.verifyPublicKey(point)) throw new RangeError('the key is no point of the curve');
    return { kind: 'SM2', point };
  }
  if (name !== oids.ec && name !== oids.rsa) throw new RangeError(`no key for signatures: ${name}`);
  const key = createPublicKey({ key: Buffer.from(info.all), format: 'der', type: 'spki' });
  return { kind: name === oids.rsa ? 'RSA' : 'EC', key };
}

/** Signature algorithms of certificates and tokens. */
export const signatureOids: Readonly<Record<string, DigestName>> = {
  '1.2.156.10197.1.501': 'SM3',
  '1.2.840.113549.1.1.11': 'SHA-256',
  '1.2.840.113549.1.1.12': 'SHA-384',
  '1.2.840.113549.1.1.13': 'SHA-512',
  '1.2.840.10045.4.3.2': 'SHA-256',
  '1.2.840.10045.4.3.3': 'SHA-384',
  '1.2.840.10045.4.3.4': 'SHA-512',
};

/** Whether a signature over a message holds. SM2 goes with SM3, others never do. Never throws. */
export function holds(
  key: PublicKey,
  digest: DigestName,
  message: Uint8Array,
  signature: Uint8Array,
  userId: string,
): boolean {
  if ((key.kind === 'SM2') !== (digest === 'SM3')) return false;
  try {
    if (key.kind !== 'SM2') return verify(digests[digest].node, message, key.key, signature);
    const rs = pairOf(signature);
    return rs !== undefined && sm2.doVerifySignature(message, rs, key.point, { hash: true, userId });
  } catch {
    return false;
  }
}

/** The same for a signature made over the document itself, where only its digest is at hand. SM2: over the digest as it is, without Z. */
export function holdsOverDigest(
  key: PublicKey,
  digest: DigestName,
  hash: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    if (key.kind === 'SM2') {
      const rs = digest === 'SM3' ? pairOf(signature) : undefined;
      return rs !== undefined && sm2.doVerifySignature(hash, rs, key.point, { hash: false });
    }
    if (key.kind !== 'RSA' || digest === 'SM3') return false;
    const info = publicDecrypt({ key: key.key, padding: constants.RSA_PKCS1_PADDING }, signature);
    const [algorithm, octets] = childrenOf(derOf(info, tags.sequence));
    return (
      oidOf(childrenOf(algorithm!)[0]!) === digests[digest].oid &&
      Buffer.from(octets!.value).equals(Buffer.from(hash))
    );
  } catch {
    return false;
  }
}

const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

/** r and s of an SM2 signature in hexadecimal: 64 bytes as they are, or DER (GM/T 0009, section 7.3); undefined where out of range. */
function pairOf(signature: Uint8Array): string | undefined {
  const parts =
    signature.length === 64
      ? [signature.subarray(0, 32), signature.subarray(32)]
      : childrenOf(derOf(signature, tags.sequence)).map(({ tag, value }) =>
          tag === tags.integer ? value : new Uint8Array(),
        );
  const numbers = parts.map((part) => BigInt(`0x${hexOf(part) || '0'}`));
  if (numbers.length !== 2 || numbers.some((n) => n < 1n || n >= order)) return undefined;
  return numbers.map((n) => n.toString(16).padStart(64, '0')).join('');
}
