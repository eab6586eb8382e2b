import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';
import { bits, int, name, nothing, octets, oid, pem, seq, set, time, tlv, yes } from './der.ts';

/** A key that really signs; made at the start, never written anywhere. */
export interface Signer {
  readonly kind: 'SM2' | 'RSA';
  readonly info: Buffer;
  sign(message: Uint8Array): Buffer;
}

export function makeKey(kind: Signer['kind']): Signer {
  if (kind === 'SM2') {
    const { privateKey, publicKey } = sm2.generateKeyPairHex();
    return {
      kind,
      info: seq(
        seq(oid('1.2.840.10045.2.1'), oid('1.2.156.10197.1.301')),
        bits(Buffer.from(publicKey, 'hex')),
      ),
      sign: (message) => Buffer.from(sm2.doSignature(message, privateKey, { hash: true, der: true }), 'hex'),
    };
  }
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    kind,
    info: pair.publicKey.export({ type: 'spki', format: 'der' }),
    sign: (message) => sign('sha256', message, pair.privateKey as KeyObject),
  };
}

const algorithm = ({ kind }: Signer): Buffer =>
  kind === 'SM2' ? seq(oid('1.2.156.10197.1.501')) : seq(oid('1.2.840.113549.1.1.11'), nothing);
const digestOf = {
  SM2: { name: 'sm3', oid: '1.2.156.10197.1.401' },
  RSA: { name: 'sha256', oid: '2.16.840.1.101.3.4.2.1' },
} as const;

export interface Issued {
  readonly name: string;
  readonly key: Signer;
  readonly serial: Buffer;
  readonly der: Buffer;
}

export interface IssueOptions {
  readonly from?: number;
  readonly until?: number;
  readonly authority?: boolean;
  readonly usage?: number;
  readonly purpose?: string;
}

const day = 86_400_000;
const timeStamping = '1.3.6.1.5.5.7.3.8';

/** A CA of its own: a root, an authority below it, certificates of people, a time-stamping service, a list of revocations. */
export class Authority {
  readonly kind: Signer['kind'];
  readonly root: Issued;
  readonly issuer: Issued;
  readonly stamper: Issued;
  private readonly now: () => number;
  private readonly revoked: { readonly serial: Buffer; readonly at: number }[] = [];

  constructor(kind: Signer['kind'], now: () => number = Date.now) {
    this.kind = kind;
    this.now = now;
    const key = makeKey(kind);
    this.root = this.make('Test Root', key, { name: 'Test Root', key }, { authority: true, usage: 0x06 });
    this.issuer = this.make('Test CA', makeKey(kind), this.root, { authority: true, usage: 0x06 });
    this.stamper = this.make('Test TSA', makeKey(kind), this.issuer, { purpose: timeStamping, usage: 0xc0 });
  }

  issue(person: string, options: IssueOptions = {}): Issued {
    return this.make(person, makeKey(this.kind), this.issuer, { usage: 0xc0, ...options });
  }

  revoke({ serial }: Issued): void {
    this.revoked.push({ serial, at: this.now() - 1000 });
  }

  /** Root and issuing authority as a file of trust. */
  get bundle(): string {
    return pem('CERTIFICATE', this.root.der) + pem('CERTIFICATE', this.issuer.der);
  }

  list(until = this.now() + day): string {
    const entries = this.revoked.map(({ serial, at }) => seq(int(serial), time(at)));
    const body = seq(
      int(1),
      algorithm(this.issuer.key),
      name(this.issuer.name),
      time(this.now() - 1000),
      time(until),
      ...(entries.length > 0 ? [seq(...entries)] : []),
    );
    return pem('X509 CRL', this.signed(body, this.issuer.key));
  }

  /** A timestamp token (RFC 3161) for a digest by this CA's own kind of digest. */
  token(hash: Uint8Array, at = this.now(), by: Issued = this.stamper): Buffer {
    const digest = digestOf[this.kind];
    const digestId = seq(oid(digest.oid), nothing);
    const info = seq(
      int(1),
      oid('1.2.3.4.1'),
      seq(digestId, octets(hash)),
      int(randomBytes(8)),
      time(at),
      int(randomBytes(8)),
    );
    const attribute = (id: string, value: Buffer) => seq(oid(id), set(value));
    const attributes = [
      attribute('1.2.840.113549.1.9.3', oid('1.2.840.113549.1.9.16.1.4')),
      attribute('1.2.840.113549.1.9.4', octets(createHash(digest.name).update(info).digest())),
    ];
    const signer = seq(
      int(1),
      seq(name(this.issuer.name), int(by.serial)),
      digestId,
      tlv(0xa0, ...attributes),
      algorithm(by.key),
      octets(by.key.sign(set(...attributes))),
    );
    const data = seq(
      int(3),
      set(digestId),
      seq(oid('1.2.840.113549.1.9.16.1.4'), tlv(0xa0, octets(info))),
      tlv(0xa0, by.der),
      set(signer),
    );
    return seq(oid('1.2.840.113549.1.7.2'), tlv(0xa0, data));
  }

  private make(
    common: string,
    key: Signer,
    issuer: { readonly name: string; readonly key: Signer },
    { from, until, authority = false, usage, purpose }: IssueOptions,
  ): Issued {
    const serial = Buffer.concat([Buffer.from([0x41]), randomBytes(7)]);
    const extension = (id: string, value: Buffer) => seq(oid(id), yes, octets(value));
    const extensions = [
      ...(authority ? [extension('2.5.29.19', seq(yes))] : []),
      ...(usage === undefined ? [] : [extension('2.5.29.15', bits(Buffer.from([usage])))]),
      ...(purpose === undefined ? [] : [extension('2.5.29.37', seq(oid(purpose)))]),
    ];
    const body = seq(
      tlv(0xa0, int(2)),
      int(serial),
      algorithm(issuer.key),
      name(issuer.name),
      seq(time(from ?? this.now() - day), time(until ?? this.now() + 365 * day)),
      name(common),
      key.info,
      tlv(0xa3, seq(...extensions)),
    );
    return { name: common, key, serial, der: this.signed(body, issuer.key) };
  }

  private signed(body: Buffer, key: Signer): Buffer {
    return seq(body, algorithm(key), bits(key.sign(body)));
  }
}
