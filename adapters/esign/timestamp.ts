import { isFault } from '../../contracts/kernel/fault.ts';
import { type Certificate, readCertificate, timeStamping } from './certificate.ts';
import { childrenOf, type Der, derOf, hexOf, oidOf, tags, timeOf } from './der.ts';
import { type DigestName, digestByOid, digestOf, holds, usualUserId } from './key.ts';
import type { Trust } from './trust.ts';

/** SignedData of CMS (RFC 5652, section 5), by its own number and that of GM/T 0010. */
const signedData = new Set(['1.2.840.113549.1.7.2', '1.2.156.10197.6.1.4.2.2']);
const tstInfo = '1.2.840.113549.1.9.16.1.4';
const attributes = { contentType: '1.2.840.113549.1.9.3', messageDigest: '1.2.840.113549.1.9.4' };

export type TokenCheck = { readonly at: number } | { readonly refusal: string };
const refused = (refusal: string): TokenCheck => ({ refusal });

/**
 * A timestamp token of RFC 3161, or the response that holds it: whether it stands for this digest, is signed by the certificate it
 * names and carries, and that certificate is one for time stamping by a configured CA.
 */
export function checkToken(
  bytes: Uint8Array,
  wanted: { readonly digest: DigestName; readonly hash: Uint8Array },
  trust: Trust,
): TokenCheck {
  try {
    return check(tokenIn(bytes), wanted, trust);
  } catch (error) {
    if (isFault(error)) throw error;
    return refused('时间戳无法读取 · the timestamp cannot be read');
  }
}

/** Of a TimeStampResp (section 2.4.2) the token. */
function tokenIn(bytes: Uint8Array): Der {
  const outer = derOf(bytes, tags.sequence);
  const [first, second] = childrenOf(outer);
  return first?.tag === tags.sequence && second ? second : outer;
}

function check(
  token: Der,
  wanted: { readonly digest: DigestName; readonly hash: Uint8Array },
  trust: Trust,
): TokenCheck {
  const [type, wrapped] = childrenOf(token);
  if (!signedData.has(oidOf(type!))) return refused('时间戳不是签名数据 · the timestamp is not signed data');
  const parts = childrenOf(childrenOf(wrapped!)[0]!);
  const [, , encapsulated, ...rest] = parts;
  const [contentType, content] = childrenOf(encapsulated!);
  if (oidOf(contentType!) !== tstInfo)
    return refused('时间戳的内容不是时间戳 · the timestamp holds something else');
  const info = childrenOf(content!)[0]!.value;
  const [, , imprint, , time] = childrenOf(derOf(info, tags.sequence));
  const [imprintAlgorithm, hashed] = childrenOf(imprint!);
  const digest = digestByOid(oidOf(childrenOf(imprintAlgorithm!)[0]!));
  if (digest !== wanted.digest || hexOf(hashed!.value) !== hexOf(wanted.hash))
    return refused('时间戳不是该摘要的 · the timestamp is for another digest');
  const at = timeOf(time!);
  const carried = rest.find(({ tag }) => tag === 0xa0);
  const certificates = (carried ? childrenOf(carried) : []).flatMap((c) => readCertificate(c.all) ?? []);
  const signer = childrenOf(rest.at(-1)!)[0]!;
  const signed = signedBySigner(signer, info, certificates);
  if ('refusal' in signed) return signed;
  const { certificate } = signed;
  if (!certificate.purposes?.includes(timeStamping))
    return refused('时间戳的证书不是时间戳证书 · the certificate of the timestamp is not for time stamping');
  const refusal = trust.refusal(certificate, certificates, at);
  return refusal ? refused(`时间戳 · timestamp: ${refusal}`) : { at };
}

/** SignerInfo (RFC 5652, section 5.3): its signed attributes name the digest of the content and are what is signed. */
function signedBySigner(
  signer: Der,
  info: Uint8Array,
  certificates: readonly Certificate[],
): { certificate: Certificate } | { refusal: string } {
  const [, id, algorithm, signedAttributes, ...more] = childrenOf(signer);
  if (signedAttributes?.tag !== 0xa0)
    return { refusal: '时间戳没有签名属性 · the timestamp has no signed attributes' };
  const digest = digestByOid(oidOf(childrenOf(algorithm!)[0]!));
  const signature = more.find(({ tag }) => tag === tags.octets);
  const [issuer, serial] = childrenOf(id!);
  const certificate = certificates.find(
    (c) => hexOf(issuer!.all) === c.issuer && serial && hexOf(serial.value) === c.serial,
  );
  if (!certificate)
    return { refusal: '时间戳未附其证书 · the timestamp does not carry the certificate of its signer' };
  const own = childrenOf(signedAttributes).map((a) => childrenOf(a));
  const attribute = (oid: string): Der | undefined => {
    const set = own.find(([name]) => oidOf(name!) === oid)?.[1];
    return set && childrenOf(set)[0];
  };
  const type = attribute(attributes.contentType);
  const hash = attribute(attributes.messageDigest);
  if (!digest || !signature || !type || !hash || oidOf(type) !== tstInfo)
    return { refusal: '时间戳的签名不合规定 · the timestamp is not signed as it should be' };
  if (!digestOf(digest, info).equals(Buffer.from(hash.value)))
    return { refusal: '时间戳签后被改动 · the timestamp was changed after it was signed' };
  // Signed is the SET, not its implicit tag (section 5.4).
  const message = Uint8Array.from(signedAttributes.all);
  message[0] = tags.set;
  return holds(certificate.key, digest, message, signature.value, usualUserId)
    ? { certificate }
    : { refusal: '时间戳的签名不成立 · the signature of the timestamp does not hold' };
}
