import type { Reply } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';
import type { Contract, Operation } from './contract.ts';
import { contentIn, textOfBytes, withoutProlog } from './payload.ts';
import { SoapProblem } from './problem.ts';
import { readXml, type XmlLimits } from './xml-reader.ts';
import { escapeAttribute, escapeText } from './xml-text.ts';

/** The body of an answer: what the format wrote, wrapped as the contract says. */
export function responseOf(
  operation: Operation,
  contract: Contract,
  reply: Reply,
  limits: XmlLimits,
): string {
  const text = reply.bytes === undefined ? '' : textOfReply(reply.bytes);
  if (reply.bytes === undefined && reply.outcome === 'refused') throw notTaken(reply.reason);
  if (operation.typed && text !== '' && rootOf(text, limits) === operation.response)
    return withoutProlog(text);
  const outcome = operation.typed
    ? `<outcome>${reply.outcome}</outcome>${reply.reason === undefined ? '' : `<reason>${escapeText(reply.reason)}</reason>`}`
    : '';
  const result =
    operation.typed && text === ''
      ? ''
      : `<${operation.result}>${resultOf(text, operation, contract, limits)}</${operation.result}>`;
  return `<${operation.response} xmlns="${escapeAttribute(contract.namespace)}">${outcome}${result}</${operation.response}>`;
}

/** What cannot stand as a document is written as text: the sender gets its answer all the same. */
function resultOf(text: string, operation: Operation, contract: Contract, limits: XmlLimits): string {
  if (text === '') return '';
  const wanted = contentIn(text, operation.resultStyle, limits, contract.namespace);
  if ('content' in wanted) return wanted.content;
  const plain = contentIn(text, 'string', limits, contract.namespace);
  if ('content' in plain) return plain.content;
  throw unwritableReply(plain.bad);
}

/** A format may answer in the charset of its endpoint, which need not be ours. */
function textOfReply(bytes: Uint8Array): string {
  for (const charset of [undefined, 'gb18030'])
    try {
      return textOfBytes(bytes, charset);
    } catch {
      // the next one
    }
  throw unwritableReply('neither UTF-8 nor GB18030');
}

function rootOf(text: string, limits: XmlLimits): string | undefined {
  try {
    return readXml(withoutProlog(text), limits, 1).local;
  } catch {
    return undefined;
  }
}

const unwritableReply = (reason: string): SoapProblem =>
  new SoapProblem(
    t(`已接收，但应答无法写成 XML：${reason}`, `Taken, but the answer cannot be written: ${reason}`),
    { soap: 'Receiver', code: 'kernel.internal.error', kind: 'reply-unwritable' },
  );

const notTaken = (reason = ''): SoapProblem =>
  new SoapProblem(t(`消息未被接受：${reason}`, `The message was not taken: ${reason}`), {
    code: 'hub.message.unsound',
    kind: 'refused',
  });
