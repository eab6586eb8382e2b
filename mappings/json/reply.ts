import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { type Answer, isBad, type ReadMessage, type Said } from '../engine/format.ts';
import { decodeJson } from './bytes.ts';
import { compiledSettings, plain } from './compiled-settings.ts';
import { parsePath, valueAt } from './path.ts';
import { readJson } from './reader.ts';
import type { JsonSettings } from './settings.ts';
import { shown } from './source.ts';
import { isObject, type Json } from './value.ts';

/** What a frame is answered with; undefined where nobody is owed an answer. */
export function replyText(
  { each, reply }: JsonSettings,
  messages: readonly ReadMessage[],
  answers: readonly Answer[],
): string | undefined {
  if (answers.every(({ code, text }) => code === '' && text === undefined)) return undefined;
  const template = answers.some(({ outcome }) => outcome !== 'AA') ? reply?.bad : reply?.good;
  const queried = answers.some(({ text }) => text !== undefined);
  if (template !== undefined && !queried) return filled(template, messages, answers);
  const single = answers.map((answer, i) => answer.text ?? own(messages[i], answer));
  return each === undefined ? single[0] : `[${single.join(',')}]`;
}

const own = (message: ReadMessage | undefined, { code, outcome, reason, unwanted }: Answer): string =>
  JSON.stringify({
    code,
    outcome: outcome !== 'AA' ? 'refused' : unwanted ? 'filtered' : 'kept',
    ...(message?.controlId ? { id: message.controlId } : {}),
    ...(reason ? { reason } : {}),
  });

/** The first that failed speaks for a frame, else its first message. */
function filled(template: string, messages: readonly ReadMessage[], answers: readonly Answer[]): string {
  const failed = answers.filter(({ outcome }) => outcome !== 'AA');
  const at = Math.max(
    0,
    answers.findIndex(({ outcome }) => outcome !== 'AA'),
  );
  const values: Record<string, string> = {
    control: messages[at]?.controlId ?? '',
    type: messages[at]?.type ?? '',
    code: answers[at]?.outcome ?? '',
    reason: answers[at]?.reason ?? '',
    count: String(answers.length),
    failed: String(failed.length),
  };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? JSON.stringify(values[name]).slice(1, -1) : whole,
  );
}

const accepted = new Set(['AA', 'CA']);
const denied = new Set(['AE', 'AR', 'CE', 'CR']);

/** By the endpoint's settings; without them only what is beyond doubt, so that the protocol's own verdict stands. */
export function saidByPaths(reply: Uint8Array, endpoint: EndpointDef): Said {
  const root = rootOf(reply, endpoint);
  if (root === undefined) return { verdict: 'unclear', code: '', reason: 'the reply is no JSON' };
  const { said } = compiledSettings(endpoint).settings;
  if (!said) return beyondDoubt(root);
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

function beyondDoubt(root: Json): Said {
  const [code, success] = [read(root, 'code'), isObject(root) ? root.get('success') : undefined];
  const reason = [read(root, 'reason'), read(root, 'message'), read(root, 'msg')].find((r) => r !== '') ?? '';
  if (accepted.has(code) || success === true) return { verdict: 'good', code: code || 'true', reason: '' };
  if (denied.has(code) || success === false)
    return { verdict: 'negative', code: code || 'false', reason: reason.slice(0, 200) || 'no reason given' };
  return { verdict: 'unclear', code, reason: 'the settings do not say how to read the reply' };
}

function rootOf(reply: Uint8Array, { decode }: EndpointDef): Json | undefined {
  const decoded = decodeJson(reply, decode, undefined);
  if (!('text' in decoded)) return undefined;
  const found = readJson(decoded.text);
  return 'root' in found ? found.root : undefined;
}

function read(root: Json, text: string | undefined): string {
  const path = text === undefined ? undefined : parsePath(text);
  return path && !isBad(path) ? (plain(shown(valueAt(root, path.steps))) ?? '') : '';
}
