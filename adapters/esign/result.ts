import { type Judgement, judge, type Rules, readBytes } from './judge.ts';
import type { Pending } from './reference.ts';
import type { Readable, TrustSettings } from './settings.ts';
import type { Trust } from './trust.ts';

/** What is handed on as a message, JSON. `answer` is what the CA wrote, as text. */
export interface Result {
  readonly kind: 'signed' | 'verified' | 'stamped' | 'pending';
  readonly document: string;
  readonly digest: string;
  /** Hexadecimal. */
  readonly hash: string;
  readonly order: Pending['order'];
  readonly transaction?: string;
  readonly valid?: boolean;
  readonly reason?: string;
  readonly algorithm?: string;
  readonly signature?: string;
  readonly certificate?: string;
  readonly timestamp?: string;
  readonly signer?: string;
  /** ISO 8601. */
  readonly at: string;
  readonly answer?: string;
}

export const rulesOf = ({ digest, signedAs, userId, signer, timestamp }: TrustSettings): Rules => ({
  digest: digest ?? 'SM3',
  signedAs: signedAs ?? 'bytes',
  userId,
  signer: signer ?? 'any',
  timestamp: timestamp ?? 'optional',
});

/** Longest answer of a CA kept beside what was read in it. */
const ANSWER_CHARS = 65_536;

type About = Pick<Pending, 'document' | 'hash' | 'signer' | 'order'>;
type Values = Partial<Record<Readable, string>>;

/** What a CA gave for a request of ours, judged by ourselves. `other` is why it does not count whatever the signature says. */
export function signedResult(
  about: About,
  values: Values,
  rules: Rules,
  trust: Trust,
  now: number,
  answer: string,
  other?: string,
): Result {
  const hash = Buffer.from(about.hash, 'hex');
  const signature = readBytes(values.signature ?? '');
  // One that is there and cannot be read is no timestamp left out.
  const timestamp =
    values.timestamp === undefined ? undefined : (readBytes(values.timestamp) ?? Buffer.alloc(0));
  const evidence = { hash, signer: about.signer, signature, certificate: values.certificate, timestamp };
  const judged = judge(evidence, rules, trust, now);
  const wrong = otherDocument(about, values) ?? other ?? judged.reason;
  const { reason: _, ...known } = judged;
  return {
    ...common(about, rules, values),
    ...given(known),
    kind: 'signed',
    valid: wrong === undefined,
    ...(wrong !== undefined && { reason: wrong }),
    ...(signature && { signature: signature.toString('base64') }),
    ...(timestamp?.length && { timestamp: timestamp.toString('base64') }),
    ...(answer !== '' && { answer: answer.slice(0, ANSWER_CHARS) }),
  };
}

/** A CA that names another document or digest than the request did. */
function otherDocument({ document, hash }: About, values: Values): string | undefined {
  if (values.document !== undefined && values.document !== document)
    return 'CA 所指是另一文档 · the CA names another document';
  const named = values.hash === undefined ? undefined : readBytes(values.hash);
  return values.hash !== undefined && named?.toString('hex') !== hash
    ? 'CA 所指是另一摘要 · the CA names another digest'
    : undefined;
}

const given = ({ at, ...judged }: Omit<Judgement, 'reason'>) => ({
  ...judged,
  at: new Date(at).toISOString(),
});

export const common = (about: About, rules: Rules, values: Values) => ({
  document: about.document,
  digest: rules.digest,
  hash: about.hash,
  order: about.order,
  ...(about.signer !== '' && { signer: about.signer }),
  ...(values.transaction !== undefined && { transaction: values.transaction.slice(0, 100) }),
});

export const bytesOf = (result: Result): Buffer => Buffer.from(JSON.stringify(result));
