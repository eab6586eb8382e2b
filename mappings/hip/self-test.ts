import { attributeOf, descendants, type XmlElement } from '../xml/element.ts';
import { readXml } from '../xml/reader.ts';
import { serviceOf } from './action.ts';
import { answerRoots, plainRoot } from './services.ts';
import { acknowledgementMessage, hl7Namespace, wrapperOf } from './wrapper.ts';

/** A message to send: `PatientInfoRegister-t01-r2` names action, expectation and edition. */
export interface SelfTestSample {
  readonly name: string;
  readonly text: string;
}

export interface SelfTestRow {
  readonly action: string;
  /** T01 has to be taken, F01 refused. */
  readonly kind: 'T01' | 'F01';
  readonly edition: 'R1' | 'R2';
  readonly passed: boolean;
  /** Message id that was sent. */
  readonly id: string;
  /** As it was answered; empty where it was not. */
  readonly code: string;
  /** What is wrong with the answer, or what the peer said. */
  readonly reason: string;
}

/** Calls `HIPMessageServer(action, message)` and gives its result. */
export type SelfTestSend = (action: string, message: string) => Promise<string>;

const named = /^([A-Za-z]+)-(t01|f01)-(r1|r2)$/;

/**
 * Sends each pair of sound and faulty messages and looks at what comes back, as the national test does: a sound one is taken with
 * AA, or answered where it is a query; a faulty one is refused with AE. `mark` makes message ids distinct between runs; the pairs of a run share none either.
 */
export async function selfTest(
  send: SelfTestSend,
  samples: readonly SelfTestSample[],
  mark: string,
): Promise<SelfTestRow[]> {
  const rows: SelfTestRow[] = [];
  for (const sample of samples) {
    const found = named.exec(sample.name);
    const action = found?.[1] ?? '';
    if (!found || !serviceOf(action)) continue;
    const { text, id } = marked(sample.text, `${mark}-${found[2]}${found[3]}`);
    const about = {
      action,
      kind: found[2] === 't01' ? 'T01' : 'F01',
      edition: found[3] === 'r1' ? 'R1' : 'R2',
      id,
    } as const;
    try {
      rows.push({ ...about, ...judged(await send(action, text), action, about.kind, id) });
    } catch (error) {
      rows.push({ ...about, passed: false, code: '', reason: (error as Error).message });
    }
  }
  return rows;
}

/** A message id of its own; a message that lacks one on purpose goes without. */
function marked(text: string, mark: string): { text: string; id: string } {
  const read = readXml(text);
  const before = 'root' in read ? wrapperOf(read.root).id : '';
  if (before === '') return { text, id: '' };
  const id = `${before}-${mark}`;
  return { text: text.replace(`extension="${before}"`, () => `extension="${id}"`), id };
}

function judged(
  answer: string,
  action: string,
  kind: 'T01' | 'F01',
  id: string,
): Pick<SelfTestRow, 'passed' | 'code' | 'reason'> {
  const read = readXml(answer);
  if (!('root' in read)) return { passed: false, code: '', reason: `no XML: ${read.reason}` };
  const { root } = read;
  const ack = root.children.find(({ name }) => name === 'acknowledgement');
  const code = ack ? codeOf(ack) : '';
  const wrong = [...problemsOf(root, ack, id), ...unexpected(root, code, action, kind)];
  return { passed: wrong.length === 0, code, reason: wrong.join('; ') || textOf(ack) };
}

const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((one) => one.name === name);

const codeOf = (ack: XmlElement): string =>
  attributeOf(ack, 'typeCode')?.value ?? attributeOf(child(ack, 'typeCode') ?? ack, 'code')?.value ?? '';

function textOf(ack: XmlElement | undefined): string {
  const text = child(child(ack, 'acknowledgementDetail'), 'text');
  return (text && (attributeOf(text, 'value')?.value ?? text.text)) ?? '';
}

/** What every answer owes (WS/T 846.1): namespace, wrapper, the id of the message it answers. */
function problemsOf(root: XmlElement, ack: XmlElement | undefined, id: string): string[] {
  const target = child(ack, 'targetMessage');
  const told = target && [...descendants(target)].find((e) => attributeOf(e, 'extension'));
  const { accept, interaction } = wrapperOf(root);
  return [
    root.namespace === hl7Namespace ? '' : `namespace is ${root.namespace || 'empty'}`,
    root.prefix === '' ? '' : 'the root element has a prefix',
    ack ? '' : 'no acknowledgement',
    (told ? (attributeOf(told, 'extension')?.value ?? '') : '') === id ? '' : 'targetMessage is another',
    interaction === root.name ? '' : 'interactionId is not the message',
    accept === 'NE' ? '' : 'the answer asks for an acknowledgement itself',
  ].filter((problem) => problem !== '');
}

function unexpected(root: XmlElement, code: string, action: string, kind: 'T01' | 'F01'): string[] {
  const good = kind === 'T01';
  const message = (good && answerRoots[action]) || acknowledgementMessage;
  return [
    plainRoot(root.name) === plainRoot(message) ? '' : `answered with ${root.name}, not ${message}`,
    code === (good ? 'AA' : 'AE') ? '' : `answered ${code || 'without a code'}`,
  ].filter((problem) => problem !== '');
}
