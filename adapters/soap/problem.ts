import type { FaultCode } from '../../contracts/faults/catalogue.ts';
import { type Text, t } from '../../contracts/kernel/text.ts';

/** Who is to blame, in the words of SOAP 1.2 (section 5.4.6); 1.1 says Client and Server. */
export type SoapCode = 'Sender' | 'Receiver' | 'VersionMismatch' | 'MustUnderstand';

interface Details {
  readonly soap?: SoapCode;
  /** Machine code in the detail of the fault. */
  readonly code?: FaultCode;
  /** Local name of a code of WS-Security, `FailedAuthentication`. */
  readonly security?: string;
  readonly retrySeconds?: number;
  /** Kind of the incident. */
  readonly kind?: string;
  /** HTTP status where it is not that of a fault, with its headers. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why a request is not taken; becomes a SOAP fault. Never leaves the adapter. */
export class SoapProblem extends Error {
  readonly soap: SoapCode;
  readonly text: Text;
  readonly details: Details;

  constructor(text: Text, details: Details = {}) {
    super(text.en);
    this.text = text;
    this.soap = details.soap ?? 'Sender';
    this.details = details;
  }
}

export const isProblem = (error: unknown): error is SoapProblem =>
  typeof error === 'object' && error !== null && 'soap' in error && 'details' in error;

/** XML that is not well-formed, or not what SOAP permits; `at` counts characters. */
export const malformed = (reason: string, at: number): SoapProblem =>
  new SoapProblem(
    t(`XML 不正确（第 ${at} 个字符）：${reason}`, `XML not accepted at character ${at}: ${reason}`),
    {
      kind: 'broken-frame',
    },
  );

export const tooLarge = (what: string, limit: number): SoapProblem =>
  new SoapProblem(t(`超过限制：${what}，上限 ${limit}`, `Too much: ${what}, at most ${limit}`), {
    code: 'hub.frame.large',
    kind: 'too-large',
  });
