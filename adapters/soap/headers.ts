import { t } from '../../contracts/kernel/text.ts';
import type { Envelope } from './envelope.ts';
import { envelopeNamespaces } from './envelope.ts';
import { SoapProblem } from './problem.ts';
import {
  addressingNamespace,
  addressingSubmission,
  anonymousAddress,
  securityNamespace,
} from './security-names.ts';
import { attributeOf, childrenNamed, shortText } from './xml-content.ts';
import type { XmlElement } from './xml-reader.ts';
import { escapeText } from './xml-text.ts';

const addressing = new Set([addressingNamespace, addressingSubmission]);

/** Roles we act in: none given, the next node, the last receiver. */
const ours = /^$|\/actor\/next$|\/role\/(next|ultimateReceiver)$/;

function isOurs(header: XmlElement, { version }: Envelope): boolean {
  const role = attributeOf(header, version === '1.1' ? 'actor' : 'role', envelopeNamespaces[version]);
  return ours.test(role ?? '');
}

export const securityOf = (envelope: Envelope): XmlElement | undefined =>
  envelope.headers.find(
    (h) => h.local === 'Security' && h.namespace === securityNamespace && isOurs(h, envelope),
  );

/** Refuses headers that must be understood and are not (1.1 section 4.2.3, 1.2 section 5.2.3). */
export function checkHeaders(envelope: Envelope, understandsSecurity: boolean): void {
  for (const header of envelope.headers) {
    const must = attributeOf(header, 'mustUnderstand', envelopeNamespaces[envelope.version]);
    if ((must !== '1' && must !== 'true') || !isOurs(header, envelope)) continue;
    if (addressing.has(header.namespace)) continue;
    if (understandsSecurity && header.namespace === securityNamespace) continue;
    const name = `{${header.namespace.slice(0, 200)}}${header.local.slice(0, 100)}`;
    throw new SoapProblem(
      t(`不支持必须理解的头：${name}`, `A header that must be understood is not: ${name}`),
      {
        soap: 'MustUnderstand',
        kind: 'bad-request',
      },
    );
  }
  for (const header of envelope.headers) checkReplyAddress(envelope, header);
}

/** Answers go back on the connection; whoever wants them elsewhere would wait in vain. */
function checkReplyAddress({ source }: Envelope, header: XmlElement): void {
  if (!addressing.has(header.namespace) || !/^(ReplyTo|FaultTo)$/.test(header.local)) return;
  const address = shortText(source, childrenNamed(header, 'Address')[0]);
  if (/^$|\/(role\/)?(anonymous|none)$/.test(address)) return;
  throw new SoapProblem(
    t('只能在同一连接上应答（匿名 ReplyTo）', 'Answers go back on the connection only: an anonymous ReplyTo'),
    { kind: 'bad-request' },
  );
}

/** WS-Addressing headers of the answer, where the request had a message id. */
export function replyHeaders({ source, headers }: Envelope, action: string): string {
  const id = headers.find((h) => h.local === 'MessageID' && addressing.has(h.namespace));
  if (id === undefined) return '';
  const to = escapeText(shortText(source, id).slice(0, 500));
  return `<a:Action xmlns:a="${id.namespace}">${escapeText(action)}Response</a:Action><a:RelatesTo xmlns:a="${id.namespace}">${to}</a:RelatesTo>`;
}

/** WS-Addressing headers of a request of ours. */
export function requestHeaders(action: string, id: string, to: string): string {
  const header = (name: string, content: string) =>
    `<a:${name} xmlns:a="${addressingNamespace}">${content}</a:${name}>`;
  return (
    header('Action', escapeText(action)) +
    header('MessageID', escapeText(id)) +
    header('ReplyTo', `<a:Address>${anonymousAddress}</a:Address>`) +
    header('To', escapeText(to))
  );
}
