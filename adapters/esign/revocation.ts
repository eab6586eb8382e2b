import { bitsOf, childrenOf, derOf, hexOf, oidOf, tags, timeOf } from './der.ts';
import { type DigestName, signatureOids } from './key.ts';

/** A certificate revocation list (RFC 5280, section 5). */
export interface RevocationList {
  readonly issuer: string;
  readonly signed: Uint8Array;
  readonly digest: DigestName | undefined;
  readonly signature: Uint8Array;
  /** The next list is due then. */
  readonly until: number | undefined;
  /** Serial numbers, hexadecimal, with the time of revocation. */
  readonly revoked: ReadonlyMap<string, number>;
}

export function readRevocationList(der: Uint8Array): RevocationList | undefined {
  try {
    const [body, algorithm, signature] = childrenOf(derOf(der, tags.sequence));
    const parts = childrenOf(body!);
    if (parts[0]?.tag === tags.integer) parts.shift();
    const [, issuer, , ...rest] = parts;
    const next = rest[0]?.tag === 0x17 || rest[0]?.tag === 0x18 ? rest.shift() : undefined;
    const entries = rest[0]?.tag === tags.sequence ? childrenOf(rest[0]) : [];
    return {
      issuer: hexOf(issuer!.all),
      signed: body!.all,
      digest: signatureOids[oidOf(childrenOf(algorithm!)[0]!)],
      signature: bitsOf(signature!),
      until: next && timeOf(next),
      revoked: new Map(
        entries.map((entry) => {
          const [serial, at] = childrenOf(entry);
          return [hexOf(serial!.value), timeOf(at!)];
        }),
      ),
    };
  } catch {
    return undefined;
  }
}
