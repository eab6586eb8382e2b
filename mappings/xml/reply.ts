import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { Answer, ReadMessage, Said } from '../engine/format.ts';
import { hl7Instant } from '../hl7v2/date.ts';
import { compiledSettings } from './compiled-settings.ts';
import { decodeXml } from './decode.ts';
import type { XmlElement } from './element.ts';
import { valueAt } from './evaluate.ts';
import { parsePath } from './path.ts';
import { readXml } from './reader.ts';
import { escapedAttribute } from './references.ts';
import type { XmlSettings } from './settings.ts';

/** What a frame is answered with: the answer of a query as it is, else the template, filled in. Undefined: nothing. */
export function replyText(
  { reply }: XmlSettings,
  messages: readonly ReadMessage[],
  answers: readonly Answer[],
  now: number,
): string | undefined {
  const text = answers.find((a) => a.text !== undefined)?.text;
  if (text !== undefined) return text;
  const failed = answers.filter((a) => a.outcome !== 'AA');
  const template = failed.length > 0 ? reply?.bad : reply?.good;
  if (template === undefined) return undefined;
  const at = failed[0] ? answers.indexOf(failed[0]) : 0;
  const message = messages[at];
  const values: Record<string, string> = {
    control: message?.controlId ?? '',
    type: message?.type ?? '',
    code: answers[at]?.outcome ?? '',
    reason: answers[at]?.reason ?? '',
    time: hl7Instant(now, 480).slice(0, 14),
    count: String(answers.length),
    failed: String(failed.length),
  };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? escapedAttribute(values[name]!) : whole,
  );
}

/** The root of a reply; undefined where it is no XML. */
export function rootOfReply(bytes: Uint8Array, decode: EndpointDef['decode']): XmlElement | undefined {
  const decoded = decodeXml(bytes, decode);
  if (decoded.problem) return undefined;
  const read = readXml(decoded.text);
  return 'root' in read ? read.root : undefined;
}

function read(root: XmlElement, text: string | undefined): string {
  const path = text === undefined ? undefined : parsePath(text);
  const value = path && !('bad' in path) ? valueAt(path, root, false) : undefined;
  return typeof value === 'string' ? value.trim() : '';
}

/** Without settings the protocol's own verdict stands. */
export function saidByPaths(reply: Uint8Array, endpoint: EndpointDef): Said {
  const { said } = compiledSettings(endpoint).settings;
  if (!said) return { verdict: 'good', code: '', reason: '' };
  const root = rootOfReply(reply, endpoint.decode);
  if (!root) return { verdict: 'unclear', code: '', reason: 'the reply is no XML' };
  const code = read(root, said.code);
  const reason = read(root, said.reason).slice(0, 200);
  if (code === '') return { verdict: 'unclear', code, reason: reason || 'the reply has no result code' };
  if (said.good.includes(code)) return { verdict: 'good', code, reason: '' };
  return {
    verdict: said.busy?.includes(code) ? 'busy' : 'negative',
    code,
    reason: reason || 'no reason given',
  };
}
