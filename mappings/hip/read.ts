import { Buffer } from 'node:buffer';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import {
  type Answer,
  type FrameToRead,
  isBad,
  type Outcome,
  type ReadFrame,
  type ReadMessage,
} from '../engine/format.ts';
import { charsetOf } from '../hl7v2/charset-names.ts';
import { hl7Instant } from '../hl7v2/date.ts';
import { attributeOf, type XmlElement, type XmlMessage } from '../xml/element.ts';
import { encodeXml } from '../xml/encode.ts';
import { openXml, type Unsound, unsound } from '../xml/open.ts';
import { type Routed, route } from './action.ts';
import { answerText } from './answer.ts';
import { keysOf, patientLanes, subjectLane } from './keys.ts';
import type { HipSettings } from './settings.ts';
import { missingIn } from './sound.ts';
import { acknowledgementText, type Wrapper, wrapperOf } from './wrapper.ts';

/** A message with what it is, as paths read it: `meta:type` is the action in the standard's spelling. */
export interface HipMessage extends XmlMessage {
  readonly routed: Routed;
  readonly wrapper: Wrapper;
}

const none: HipSettings = {};
export const settingsOf = (endpoint: Pick<EndpointDef, 'read'> | undefined): HipSettings =>
  (endpoint?.read ?? none) as HipSettings;

export function hipMessage(
  root: XmlElement,
  meta: Readonly<Record<string, string>>,
  { actions }: HipSettings,
): HipMessage {
  const wrapper = wrapperOf(root);
  const routed = route(meta.action ?? '', root.name, wrapper.interaction, actions);
  return { root, meta: { ...meta, type: routed.type }, routed, wrapper };
}

/** Decodes, parses, routes, checks and keys a message. Never throws. */
export function readHip(frame: FrameToRead, endpoint: EndpointDef): ReadFrame {
  const opened = openXml(frame, endpoint.decode);
  const settings = settingsOf(endpoint);
  if ('unsound' in opened) return refused(frame, opened.unsound, opened, endpoint);
  const message = hipMessage(opened.root, frame.meta ?? {}, settings);
  const { routed, wrapper } = message;
  const wrong = problemOf(message);
  const keys = keysOf(opened.root, settings.keys);
  const controlId = wrapper.id.slice(0, 191);
  const one: ReadMessage = {
    bytes: frame.bytes,
    message,
    charset: opened.charset,
    type: routed.type.slice(0, 40),
    controlId,
    identity: identityOf(frame, message, endpoint),
    keys: controlId ? [{ kind: 'control', value: controlId.slice(0, 64) }, ...keys] : keys,
    lanes: wrong ? [] : lanesOf(message, keys, endpoint),
    warnings: [...opened.warnings, ...routed.warnings, ...oddities(message)],
    ...(wrong ? { unsound: wrong } : {}),
    owed: (outcome) => ({ code: owes(message, endpoint, outcome) ? outcome : '' }),
  };
  return { messages: [one], reply: ([answer], now) => answer && reply(answer, now, message, one, endpoint) };
}

function problemOf(message: HipMessage): Unsound | undefined {
  const { routed, root } = message;
  if (routed.answer) return undefined;
  if (routed.mismatch)
    return unsound(root.name, '', `根元素与动作不符 · this root element is not one of ${routed.type}`, 'AE');
  const missing = routed.service && missingIn(message, routed.service.action);
  return missing && unsound(routed.type, missing.path, missing.reason, 'AE');
}

/** The interaction id is wrong in one of eight of the test plans’ own messages: it only warns. */
function oddities({ root, wrapper }: HipMessage): string[] {
  const { interaction } = wrapper;
  return interaction !== '' && /^[A-Z]{4}_IN/.test(interaction) && interaction !== root.name
    ? [`interaction-differs ${interaction.slice(0, 30)}`]
    : [];
}

function identityOf(
  { bytes }: FrameToRead,
  { routed, wrapper, root }: HipMessage,
  { duplicate }: EndpointDef,
): Uint8Array | string {
  if (duplicate?.match !== 'control-id' || wrapper.id === '')
    return Buffer.concat([Buffer.from(`${routed.type}\n`, 'utf8'), bytes]);
  const created = root.children.find(({ name }) => name === 'creationTime');
  const at = (created && attributeOf(created, 'value')?.value) ?? '';
  return `${routed.type}\n${at}\n${wrapper.sender.id}\n${wrapper.id}`;
}

/** What is registered there is no patient, though a person has a national id. */
const registry = /^(Organization|Provider|Terminology)/;

function lanesOf(
  { root, routed }: HipMessage,
  keys: ReturnType<typeof keysOf>,
  { lane, endpoint }: EndpointDef,
): string[] {
  if (routed.answer || routed.service?.query) return [];
  if (lane === 'endpoint') return [endpoint];
  if (lane !== 'patient') return keys.filter(({ kind }) => kind === lane).map(({ value }) => value);
  const lanes = registry.test(routed.type) ? [] : patientLanes(root, keys);
  return lanes.length > 0 ? lanes : subjectLane(root);
}

/** Never an acknowledgement for one. A query is always answered; else `acceptAckCode` says, where the endpoint goes by it. */
function owes({ routed, wrapper }: HipMessage, { ack }: EndpointDef, outcome: Outcome): boolean {
  if (!ack || ack.mode === 'none' || routed.answer) return false;
  if (ack.mode !== 'auto' || routed.service?.query) return true;
  if (wrapper.accept === 'NE') return false;
  if (wrapper.accept === 'ER') return outcome !== 'AA';
  return wrapper.accept !== 'SU' || outcome === 'AA';
}

function refused(
  frame: FrameToRead,
  why: Unsound,
  { charset, warnings }: { charset: string; warnings: readonly string[] },
  endpoint: EndpointDef,
): ReadFrame {
  const one: ReadMessage = {
    bytes: frame.bytes,
    message: undefined,
    charset,
    type: (frame.meta?.action ?? '').replace(/[^A-Za-z0-9_.-]/g, '').slice(0, 40),
    controlId: '',
    identity: frame.bytes,
    keys: [],
    lanes: [],
    warnings,
    unsound: why,
    owed: (outcome) => ({ code: endpoint.ack?.mode === 'none' ? '' : outcome }),
  };
  return {
    messages: [one],
    reply: ([answer], now) => answer && reply(answer, now, undefined, one, endpoint),
  };
}

const texts = {
  good: '处理成功 · done',
  unwanted: '已接收，没有通道处理 · kept; no channel takes it',
  unanswered: '未能应答查询 · the query was not answered',
} as const;

function reply(
  answer: Answer,
  now: number,
  message: HipMessage | undefined,
  { charset }: ReadMessage,
  endpoint: EndpointDef,
): Uint8Array | undefined {
  if (answer.code === '') return undefined;
  const settings = settingsOf(endpoint);
  const head = {
    to: message?.wrapper ?? wrapperOf(undefined),
    id: replyId(now),
    at: hl7Instant(now, 480).slice(0, 14),
    text: texts.good as string,
    typeCode: settings.typeCode ?? 'attribute',
  };
  const good = answer.outcome === 'AA';
  const asked = message?.routed.service?.query ?? false;
  let text: string | undefined;
  if (good && message && answer.text !== undefined) text = answerText(answer.text, message.root, head);
  if (text === undefined) {
    const failed = !good || asked;
    const why = good
      ? asked
        ? texts.unanswered
        : answer.unwanted
          ? texts.unwanted
          : texts.good
      : answer.reason;
    text = acknowledgementText({ ...head, code: failed ? 'AE' : 'AA', text: why || 'AE' });
  }
  const to = charsetOf(charset) ?? 'UTF-8';
  const encoded = encodeXml(text, to, to !== 'UTF-8');
  return isBad(encoded) ? Buffer.from(text, 'utf8') : encoded.bytes;
}

let replies = 0;
/** Unique enough for the life of a reply. */
const replyId = (now: number): string =>
  `R${now.toString(36)}${(replies = (replies + 1) % 46656).toString(36).padStart(3, '0')}`.toUpperCase();
