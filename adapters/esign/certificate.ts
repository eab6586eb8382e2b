import { bitsOf, childrenOf, type Der, derOf, hexOf, oidOf, stringOf, tags, timeOf } from './der.ts';
import { type DigestName, holds, type PublicKey, readKey, signatureOids, usualUserId } from './key.ts';

/** What we read of an X.509 certificate (RFC 5280). */
export interface Certificate {
  readonly der: Uint8Array;
  readonly signed: Uint8Array;
  /** Of the signature; undefined where it is one that we do not check. */
  readonly digest: DigestName | undefined;
  readonly signature: Uint8Array;
  /** Hexadecimal. */
  readonly serial: string;
  /** Names as they are encoded, hexadecimal. */
  readonly issuer: string;
  readonly subject: string;
  /** Common name of the subject. */
  readonly name: string;
  readonly from: number;
  readonly until: number;
  readonly key: PublicKey;
  readonly authority: boolean;
  /** Authorities that may stand between it and the last certificate. */
  readonly pathLength: number | undefined;
  /** First octet of keyUsage; undefined where any use is permitted. */
  readonly usage: number | undefined;
  readonly purposes: readonly string[] | undefined;
  /** A critical extension that we do not know. */
  readonly unknown: string | undefined;
}

export const uses = { digitalSignature: 0x80, nonRepudiation: 0x40, keyCertSign: 0x04, crlSign: 0x02 };
export const timeStamping = '1.3.6.1.5.5.7.3.8';

const extensionOids = {
  usage: '2.5.29.15',
  constraints: '2.5.29.19',
  purposes: '2.5.29.37',
  policies: '2.5.29.32',
};

/** Base64 of DER or PEM, or DER; undefined where it is no certificate that can be used. */
export function readCertificate(given: string | Uint8Array): Certificate | undefined {
  try {
    const bytes = typeof given === 'string' ? bytesOf(given) : given;
    return read(bytes);
  } catch {
    return undefined;
  }
}

/** Every certificate of a PEM text, or the one of DER. Throws where one cannot be read. */
export function readBundle(bytes: Buffer, label = 'CERTIFICATE'): Uint8Array[] {
  const text = bytes.toString('latin1');
  if (!text.includes('-----BEGIN')) return [bytes];
  const blocks = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \1-----/g);
  return [...blocks].filter(([, name]) => name === label).map(([, , body]) => Buffer.from(body!, 'base64'));
}

function bytesOf(text: string): Buffer {
  const body = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(text)?.[1] ?? text;
  if (!/^[A-Za-z0-9+/=\s]+$/.test(body)) throw new RangeError('no base64');
  return Buffer.from(body, 'base64');
}

function read(bytes: Uint8Array): Certificate {
  const [body, algorithm, signature] = childrenOf(derOf(bytes, tags.sequence));
  const parts = childrenOf(body!);
  const version = parts[0]?.tag === 0xa0 ? parts.shift() : undefined;
  const [serial, inner, issuer, validity, subject, info, ...rest] = parts;
  // Both name the algorithm; a difference is forbidden (section 4.1.1.2).
  if (hexOf(inner!.all) !== hexOf(algorithm!.all)) throw new RangeError('two signature algorithms');
  const [from, until] = childrenOf(validity!);
  const tail = rest.find(({ tag }) => tag === 0xa3);
  const extensions = version && tail ? childrenOf(childrenOf(tail)[0]!) : [];
  return {
    der: bytes,
    signed: body!.all,
    digest: signatureOids[oidOf(childrenOf(algorithm!)[0]!)],
    signature: bitsOf(signature!),
    serial: hexOf(serial!.value),
    issuer: hexOf(issuer!.all),
    subject: hexOf(subject!.all),
    name: commonName(subject!),
    from: timeOf(from!),
    until: timeOf(until!),
    key: readKey(info!),
    ...readExtensions(extensions),
  };
}

function readExtensions(extensions: readonly Der[]) {
  const found = {
    authority: false,
    pathLength: undefined as number | undefined,
    usage: undefined as number | undefined,
    purposes: undefined as string[] | undefined,
    unknown: undefined as string | undefined,
  };
  for (const extension of extensions) {
    const [name, ...more] = childrenOf(extension);
    const critical = more.length > 1 && more[0]!.value[0] !== 0;
    const contents = more.at(-1)!.value;
    const oid = oidOf(name!);
    if (oid === extensionOids.usage) found.usage = derOf(contents, tags.bits).value[1] ?? 0;
    else if (oid === extensionOids.purposes) found.purposes = childrenOf(derOf(contents)).map(oidOf);
    else if (oid === extensionOids.constraints) {
      const [authority, most] = childrenOf(derOf(contents, tags.sequence));
      found.authority = authority?.tag === tags.boolean && authority.value[0] !== 0;
      if (most) found.pathLength = most.value[0] ?? 0;
    } else if (critical && oid !== extensionOids.policies) found.unknown = oid;
  }
  return found;
}

function commonName(name: Der): string {
  for (const set of childrenOf(name))
    for (const one of childrenOf(set)) {
      const [kind, value] = childrenOf(one);
      if (oidOf(kind!) === '2.5.4.3') return stringOf(value!) ?? '';
    }
  return '';
}

/** Whether the issuer's key signed what stands there. */
export const signedBy = (
  { digest, signed, signature }: Pick<Certificate, 'digest' | 'signed' | 'signature'>,
  issuer: Certificate,
): boolean => digest !== undefined && holds(issuer.key, digest, signed, signature, usualUserId);
