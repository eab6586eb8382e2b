import { type Certificate, readBundle, readCertificate, signedBy, uses } from './certificate.ts';
import { Files, unusable } from './files.ts';
import { type RevocationList, readRevocationList } from './revocation.ts';

interface TrustFiles {
  readonly ca: readonly string[];
  readonly crl?: readonly string[];
}

interface Believed {
  readonly authorities: readonly Certificate[];
  readonly lists: readonly RevocationList[];
}

/** Certificates between signer and root at most. */
const DEPTH = 6;

/** Whom we believe: the configured authorities and their lists of revoked certificates, read again when a file changes. */
export class Trust {
  private readonly files: Files<Believed>;
  private readonly now: () => number;

  constructor({ ca, crl = [] }: TrustFiles, now: () => number) {
    this.files = new Files([...ca, ...crl], (read) => ({
      authorities: ca.flatMap((file) => certificatesIn(file, read(file))),
      lists: crl.flatMap((file) => listsIn(file, read(file))),
    }));
    this.now = now;
  }

  /** Throws `hub.certificate.unusable` where a file cannot be used. */
  load(): Believed {
    return this.files.load();
  }

  /**
   * Why a certificate is not to be believed for something that happened at `at`; undefined where it is. `others` may stand
   * between it and an authority.
   */
  refusal(certificate: Certificate, others: readonly Certificate[], at: number): string | undefined {
    const { authorities } = this.load();
    let current = certificate;
    for (let depth = 0; depth < DEPTH; depth++) {
      const wrong = validity(current, at) ?? this.revoked(current, at);
      if (wrong) return wrong;
      if (authorities.some((a) => same(a, current))) return undefined;
      const issuer = issuerOf(current, authorities, depth) ?? issuerOf(current, others, depth);
      if (!issuer) return said(current, '不是由受信 CA 签发', 'was not issued by a configured CA');
      current = issuer;
    }
    return '证书链过长 · the chain of certificates is too long';
  }

  /** By the list of its issuer; one that is out of date says nothing any more, so nothing is believed. */
  private revoked(certificate: Certificate, at: number): string | undefined {
    const { authorities, lists } = this.load();
    for (const list of lists) {
      if (list.issuer !== certificate.issuer) continue;
      const issuer = authorities.find(
        (a) =>
          a.subject === list.issuer &&
          (a.usage === undefined || (a.usage & uses.crlSign) !== 0) &&
          signedBy(list, a),
      );
      if (!issuer)
        return '吊销列表不是由其 CA 签发 · the list of revoked certificates is not signed by its CA';
      if (list.until !== undefined && list.until < this.now())
        return `吊销列表已于 ${day(list.until)} 过期 · the list of revoked certificates ended on ${day(list.until)}`;
      const since = list.revoked.get(certificate.serial);
      if (since !== undefined && since <= at)
        return said(certificate, `已于 ${day(since)} 吊销`, `was revoked on ${day(since)}`);
    }
    return undefined;
  }
}

const same = (a: Certificate, b: Certificate): boolean => Buffer.from(a.der).equals(Buffer.from(b.der));
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
/** By its number: names of people stay out of reasons. */
function said({ serial, authority }: Certificate, zh: string, en: string): string {
  const number = serial.slice(0, 40);
  return `${authority ? 'CA 证书' : '证书'} ${number} ${zh} · the certificate ${authority ? 'of the CA ' : ''}${number} ${en}`;
}

function validity(certificate: Certificate, at: number): string | undefined {
  const { from, until, unknown } = certificate;
  if (unknown)
    return said(
      certificate,
      `含未知的关键扩展 ${unknown}`,
      `has a critical extension that is not known: ${unknown}`,
    );
  if (at < from) return said(certificate, `自 ${day(from)} 起才有效`, `is valid only from ${day(from)}`);
  return at > until ? said(certificate, `已于 ${day(until)} 过期`, `expired on ${day(until)}`) : undefined;
}

function issuerOf(
  certificate: Certificate,
  candidates: readonly Certificate[],
  depth: number,
): Certificate | undefined {
  return candidates.find(
    (c) =>
      c.subject === certificate.issuer &&
      c.authority &&
      (c.usage === undefined || (c.usage & uses.keyCertSign) !== 0) &&
      (c.pathLength === undefined || depth <= c.pathLength) &&
      !same(c, certificate) &&
      signedBy(certificate, c),
  );
}

function certificatesIn(file: string, bytes: Buffer): Certificate[] {
  const found = readBundle(bytes).map((der) => readCertificate(der));
  if (found.length === 0 || found.includes(undefined)) throw unusable(file, 'holds what is no certificate');
  return found as Certificate[];
}

function listsIn(file: string, bytes: Buffer): RevocationList[] {
  const found = readBundle(bytes, 'X509 CRL').map(readRevocationList);
  if (found.length === 0 || found.includes(undefined))
    throw unusable(file, 'holds what is no list of revocations');
  return found as RevocationList[];
}
