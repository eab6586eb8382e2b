import type { SendOutcome } from '../../contracts/adapter/port.ts';
import { decodeXml } from './charset.ts';
import type { Operation } from './contract.ts';
import type { SendSettings } from './descriptor.ts';
import { type Envelope, envelopeNamespaces, readEnvelope } from './envelope.ts';
import { mediaTypeOf } from './media-type.ts';
import { readMultipart } from './multipart.ts';
import { contentOf } from './payload.ts';
import { childrenNamed, documentOf, resolveName, shortText } from './xml-content.ts';
import type { XmlElement, XmlLimits } from './xml-reader.ts';

type Verdict = NonNullable<Extract<SendOutcome, { kind: 'replied' }>['said']>;

export type Answer =
  | { readonly bytes: Buffer; readonly said?: Verdict }
  /** No answer to what was asked: it may have been accepted. */
  | { readonly unclear: string };

interface HttpAnswer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: Uint8Array;
}

const LONGEST_REASON = 500;

/** What an HTTP answer says of a call: the unwrapped result, a fault, or a refusal of HTTP itself. */
export function readAnswer(
  answer: HttpAnswer,
  operation: Operation,
  limits: XmlLimits,
  settings: Pick<SendSettings, 'serverFaults' | 'faultsOnly'>,
): Answer {
  const { status, body } = answer;
  if (body.length === 0 && (status === 202 || status === 204))
    return { bytes: Buffer.alloc(0), said: { verdict: 'good', code: `HTTP ${status}` } };
  let envelope: Envelope;
  try {
    envelope = open(answer, limits);
  } catch (error) {
    return byStatus(status, `the answer is no SOAP envelope: ${(error as Error).message}`);
  }
  const { entry, version, source } = envelope;
  if (entry?.local === 'Fault' && entry.namespace === envelopeNamespaces[version])
    return faultOf(envelope, entry, settings.serverFaults ?? 'busy', body);
  if (status < 200 || status >= 300)
    return byStatus(status, `HTTP ${status} with an answer that is no fault`);
  if (entry === undefined) return { unclear: 'the body of the answer is empty' };
  try {
    const text = operation.typed ? documentOf(source, entry) : resultOf(source, entry, operation);
    const good: Verdict = { verdict: 'good', code: `HTTP ${status}` };
    return { bytes: Buffer.from(text), ...(settings.faultsOnly && { said: good }) };
  } catch (error) {
    return { unclear: (error as Error).message };
  }
}

function open({ type, body }: HttpAnswer, limits: XmlLimits): Envelope {
  const media = mediaTypeOf(type);
  const root = media.type === 'multipart/related' ? readMultipart(body, media)[0] : undefined;
  const charset = (root?.media ?? media).params.charset;
  return readEnvelope(decodeXml(root?.bytes ?? body, charset, 'utf-8').text, limits);
}

/** The result by its name, else the only element there is: names of results differ most between stacks. */
function resultOf(source: string, response: XmlElement, { result }: Operation): string {
  const named = childrenNamed(response, result);
  const found = named.length > 0 ? named : response.children;
  if (found.length > 1) throw new Error(`the answer has several elements and none is ${result}`);
  return found[0] === undefined ? '' : contentOf(source, found[0]);
}

/** Fault of SOAP 1.1 section 4.4 or 1.2 section 5.4: the sender's fault is final, the receiver's may pass. */
function faultOf(
  { source, version }: Envelope,
  fault: XmlElement,
  serverFaults: 'busy' | 'negative',
  body: Uint8Array,
): Answer {
  const first = (element: XmlElement | undefined, name: string) => element && childrenNamed(element, name)[0];
  const code = version === '1.1' ? first(fault, 'faultcode') : first(first(fault, 'Code'), 'Value');
  const text = version === '1.1' ? first(fault, 'faultstring') : first(first(fault, 'Reason'), 'Text');
  const value = shortText(source, code);
  const { namespace, local } = code === undefined ? { namespace: '', local: '' } : resolveName(code, value);
  const ofReceiver =
    /^(Server|Receiver)(\.|$)/.test(local) && (namespace === envelopeNamespaces[version] || namespace === '');
  return {
    bytes: Buffer.from(body),
    said: {
      verdict: ofReceiver ? serverFaults : 'negative',
      code: value.slice(0, 100) || 'Fault',
      reason: shortText(source, text).slice(0, LONGEST_REASON),
    },
  };
}

/** Statuses after which the same request may be sent again; a gateway's 502 and 504 tell nothing of the service behind it. */
const passing = new Set([408, 425, 429, 500, 503, 507]);

function byStatus(status: number, reason: string): Answer {
  const code = `HTTP ${status}`;
  const bytes = Buffer.alloc(0);
  if (status < 300 || status === 502 || status === 504) return { unclear: status < 300 ? reason : code };
  if (status < 400)
    return { bytes, said: { verdict: 'negative', code, reason: 'redirects are not followed' } };
  return { bytes, said: { verdict: passing.has(status) ? 'busy' : 'negative', code, reason: code } };
}
