import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { Said } from '../engine/format.ts';
import { attributeOf, descendants, type XmlElement } from '../xml/element.ts';
import { rootOfReply } from '../xml/reply.ts';
import { answerRoots, plainRoot } from './services.ts';

const longest = 200;

/**
 * What a platform answers: `MCCI_IN000002UV01` or another message with an `acknowledgement`, its code as attribute or as child;
 * or `<Response>…<ResultCode>` of DHC.
 */
export function saidByHip(reply: Uint8Array, endpoint: EndpointDef): Said {
  const root = rootOfReply(reply, endpoint.decode);
  if (!root) return { verdict: 'unclear', code: '', reason: 'the reply is no XML' };
  return acknowledged(root) ?? responded(root) ?? answered(root);
}

const named = (root: XmlElement, ...names: string[]): XmlElement | undefined => {
  for (const element of descendants(root)) if (names.includes(element.name)) return element;
  return undefined;
};
const valueIn = (element: XmlElement | undefined, name: string): string =>
  (element && (attributeOf(element, name)?.value.trim() || element.text)) || '';

function acknowledged(root: XmlElement): Said | undefined {
  const ack = root.children.find(({ name }) => name === 'acknowledgement') ?? named(root, 'acknowledgement');
  if (!ack) return undefined;
  const child = ack.children.find(({ name }) => name === 'typeCode');
  const code = (attributeOf(ack, 'typeCode')?.value.trim() || valueIn(child, 'code')).toUpperCase();
  const detail = ack.children.find(({ name }) => name === 'acknowledgementDetail');
  const reason = valueIn(detail && named(detail, 'text'), 'value').slice(0, longest);
  if (code === 'AA' || code === 'CA') return { verdict: 'good', code, reason: '' };
  if (/^[AC][ER]$/.test(code)) return { verdict: 'negative', code, reason: reason || 'no reason given' };
  return { verdict: 'unclear', code: code.slice(0, 10), reason: reason || 'the acknowledgement has no code' };
}

function responded(root: XmlElement): Said | undefined {
  const result = named(root, 'ResultCode', 'resultCode');
  if (!result) return undefined;
  const code = result.text.slice(0, 10);
  const said = named(root, 'ResultContent', 'ResultMsg', 'ResultMessage', 'resultMessage', 'ErrorMsg');
  const reason = (said?.text ?? '').slice(0, longest);
  if (code === '0' || code === 'AA') return { verdict: 'good', code, reason: '' };
  if (code === '') return { verdict: 'unclear', code, reason: reason || 'the reply has no result code' };
  return { verdict: 'negative', code, reason: reason || 'no reason given' };
}

const answers = new Set(Object.values(answerRoots).map(plainRoot));
const answered = (root: XmlElement): Said =>
  answers.has(plainRoot(root.name))
    ? { verdict: 'good', code: '', reason: '' }
    : { verdict: 'unclear', code: '', reason: 'the reply is no acknowledgement' };

/** The reply names the message it is for, or none: over HTTP there is one in flight. */
export function answersTo(reply: Uint8Array, controlId: string): boolean {
  const root = rootOfReply(reply, { mode: 'auto', charset: 'GB18030' });
  const ack = root && named(root, 'acknowledgement');
  const target = ack && named(ack, 'targetMessage');
  const id = target && [...descendants(target)].find((e) => attributeOf(e, 'extension'));
  const told = id && attributeOf(id, 'extension')?.value.trim();
  return !told || told.toLowerCase() === controlId.trim().toLowerCase();
}
