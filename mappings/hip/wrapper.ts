import { attributeOf, type XmlElement } from '../xml/element.ts';
import { elementsAt } from '../xml/evaluate.ts';
import { parsePath, type Step } from '../xml/path.ts';
import { escapedAttribute, escapedText } from '../xml/references.ts';
import { oids } from './oids.ts';

export const hl7Namespace = 'urn:hl7-org:v3';

const at = (path: string): readonly Step[] => {
  const parsed = parsePath(path);
  return 'steps' in parsed ? parsed.steps : [];
};
const paths = {
  id: at('id'),
  interaction: at('interactionId'),
  accept: at('acceptAckCode'),
  processing: at('processingCode'),
  receiver: at('receiver'),
  sender: at('sender'),
  deviceItem: at('device/id/item'),
  deviceId: at('device/id'),
  item: at('item'),
} as const;

const find = (element: XmlElement | undefined, path: keyof typeof paths): XmlElement | undefined =>
  element && elementsAt(paths[path], element)[0];
const attribute = (element: XmlElement | undefined, name: string): string =>
  (element && attributeOf(element, name)?.value.trim()) || '';

/** What the wrapper of a message says, in either edition and in what is made of it in the field. */
export interface Wrapper {
  readonly id: string;
  readonly idRoot: string;
  readonly interaction: string;
  readonly interactionRoot: string;
  /** AL, NE, ER, SU; empty where it does not say. */
  readonly accept: string;
  readonly processing: string;
  readonly receiver: Device;
  readonly sender: Device;
}
export interface Device {
  readonly id: string;
  readonly root: string;
  /** R1: `device/id@extension`; else `device/id/item@extension`. */
  readonly flat: boolean;
}

export function wrapperOf(root: XmlElement | undefined): Wrapper {
  const whole = find(root, 'id');
  const id = find(whole, 'item') ?? whole;
  const interaction = find(root, 'interaction');
  return {
    id: attribute(id, 'extension') || (id?.text ?? ''),
    idRoot: attribute(id, 'root') || oids.message,
    interaction: attribute(interaction, 'extension'),
    interactionRoot: attribute(interaction, 'root') || oids.interaction,
    accept: attribute(find(root, 'accept'), 'code').toUpperCase(),
    processing: attribute(find(root, 'processing'), 'code') || 'P',
    receiver: deviceOf(find(root, 'receiver')),
    sender: deviceOf(find(root, 'sender')),
  };
}

function deviceOf(element: XmlElement | undefined): Device {
  const item = find(element, 'deviceItem');
  const id = item ?? find(element, 'deviceId');
  return {
    id: attribute(id, 'extension') || attribute(element, 'code'),
    root: attribute(id, 'root') || oids.device,
    flat: item === undefined && attribute(id, 'extension') !== '',
  };
}

/** What is written in answer: a message of its own, from our side of the request to the sender's. */
export interface Reply {
  readonly to: Wrapper;
  /** Root element, e.g. `MCCI_IN000002UV01`. */
  readonly message: string;
  readonly id: string;
  /** `20260302120005` */
  readonly at: string;
  readonly code: 'AA' | 'AE';
  readonly text: string;
  readonly typeCode: 'attribute' | 'child';
}

const id = (tag: string, root: string, extension: string): string =>
  `<${tag} root="${escapedAttribute(root)}" extension="${escapedAttribute(extension)}"/>`;

function device(tag: 'receiver' | 'sender', typeCode: string, { id: number, root, flat }: Device): string {
  const inside = flat ? id('id', root, number) : `<id>${id('item', root, number)}</id>`;
  return `<${tag} typeCode="${typeCode}"><device classCode="DEV" determinerCode="INSTANCE">${inside}</device></${tag}>`;
}

/** Wrapper and acknowledgement of a reply, to stand in its root element. It asks for no acknowledgement itself. */
export function replyHead({ to, message, id: own, at: time, code, text, typeCode }: Reply): string {
  const child = typeCode === 'child';
  const detail = child
    ? `<acknowledgementDetail typeCode="${code === 'AA' ? 'I' : 'E'}"><text>${escapedText(text)}</text></acknowledgementDetail>`
    : `<acknowledgementDetail><text value="${escapedAttribute(text)}"/></acknowledgementDetail>`;
  return [
    id('id', to.idRoot, own),
    `<creationTime value="${time}"/>`,
    id('interactionId', to.interactionRoot, message),
    `<processingCode code="${escapedAttribute(to.processing)}"/><processingModeCode/><acceptAckCode code="NE"/>`,
    device('receiver', 'RCV', to.sender),
    device('sender', 'SND', to.receiver),
    child ? `<acknowledgement><typeCode code="${code}"/>` : `<acknowledgement typeCode="${code}">`,
    `<targetMessage>${id('id', to.idRoot, to.id)}</targetMessage>${detail}</acknowledgement>`,
  ].join('');
}

export const openTag = (message: string): string =>
  `<${message} xmlns="${hl7Namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ITSVersion="XML_1.0">`;

export const acknowledgementMessage = 'MCCI_IN000002UV01';

/** The acknowledgement of WS/T 846.1: default namespace, no prefixes. */
export const acknowledgementText = (reply: Omit<Reply, 'message'>): string =>
  `${openTag(acknowledgementMessage)}${replyHead({ ...reply, message: acknowledgementMessage })}</${acknowledgementMessage}>`;
