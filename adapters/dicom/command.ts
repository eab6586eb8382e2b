/** Command sets of DIMSE, PS3.7 §6.3 and Annex E: always implicit VR little endian, group 0000. */

export const commands = {
  storeRequest: 0x0001,
  storeReply: 0x8001,
  findRequest: 0x0020,
  findReply: 0x8020,
  echoRequest: 0x0030,
  echoReply: 0x8030,
  cancelRequest: 0x0fff,
} as const;

const NO_DATASET = 0x0101;
const DATASET = 0x0102;

export interface Command {
  readonly field: number;
  readonly messageId: number;
  readonly respondedTo: number;
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly hasDataset: boolean;
  readonly status: number;
  readonly comment: string;
}

const tags = {
  length: 0x0000,
  sopClass: 0x0002,
  field: 0x0100,
  messageId: 0x0110,
  respondedTo: 0x0120,
  priority: 0x0700,
  dataset: 0x0800,
  status: 0x0900,
  comment: 0x0902,
  sopInstance: 0x1000,
} as const;

/** Undefined where the bytes are no command set. */
export function readCommand(bytes: Buffer): Command | undefined {
  const found = new Map<number, Buffer>();
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length || bytes.readUInt16LE(at) !== 0) return undefined;
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    if (end > bytes.length) return undefined;
    found.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 8, end));
    at = end;
  }
  const number = (tag: number): number => {
    const value = found.get(tag);
    return value !== undefined && value.length >= 2 ? value.readUInt16LE(0) : 0;
  };
  const text = (tag: number): string =>
    (found.get(tag) ?? Buffer.alloc(0)).toString('latin1').replace(/[\0 ]+$/, '');
  if (!found.has(tags.field) || !found.has(tags.dataset)) return undefined;
  return {
    field: number(tags.field),
    messageId: number(tags.messageId),
    respondedTo: number(tags.respondedTo),
    sopClass: text(tags.sopClass),
    sopInstance: text(tags.sopInstance),
    hasDataset: number(tags.dataset) !== NO_DATASET,
    status: number(tags.status),
    comment: text(tags.comment),
  };
}

const element = (tag: number, value: Buffer): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(tag, 2);
  header.writeUInt32LE(value.length, 4);
  return Buffer.concat([header, value]);
};

const short = (tag: number, value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return element(tag, bytes);
};

const uid = (tag: number, value: string): Buffer =>
  element(tag, Buffer.from(value.length % 2 ? `${value}\0` : value, 'latin1'));

/** LO of the default repertoire, at most 64 characters: a command set names no other. */
function note(tag: number, value: string): Buffer {
  const plain = value
    .replace(/[^\x20-\x5b\x5d-\x7e]+/g, ' ')
    .trim()
    .slice(0, 64);
  return element(tag, Buffer.from(plain.length % 2 ? `${plain} ` : plain, 'latin1'));
}

function commandSet(elements: readonly Buffer[]): Buffer {
  const body = Buffer.concat(elements);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([element(tags.length, length), body]);
}

/** The answer to a request, with a data set behind it or not. */
export function replyTo(
  request: Command,
  reply: { readonly status: number; readonly comment?: string | undefined; readonly dataset?: boolean },
): Buffer {
  return commandSet([
    ...(request.sopClass === '' ? [] : [uid(tags.sopClass, request.sopClass)]),
    short(tags.field, request.field | 0x8000),
    short(tags.respondedTo, request.messageId),
    short(tags.dataset, reply.dataset ? DATASET : NO_DATASET),
    short(tags.status, reply.status),
    ...(reply.comment ? [note(tags.comment, reply.comment)] : []),
    ...(request.sopInstance === '' ? [] : [uid(tags.sopInstance, request.sopInstance)]),
  ]);
}

export const echoRequest = (sopClass: string, messageId: number): Buffer =>
  commandSet([
    uid(tags.sopClass, sopClass),
    short(tags.field, commands.echoRequest),
    short(tags.messageId, messageId),
    short(tags.dataset, NO_DATASET),
  ]);

export const storeRequest = (sopClass: string, sopInstance: string, messageId: number): Buffer =>
  commandSet([
    uid(tags.sopClass, sopClass),
    short(tags.field, commands.storeRequest),
    short(tags.messageId, messageId),
    short(tags.priority, 0),
    short(tags.dataset, DATASET),
    uid(tags.sopInstance, sopInstance),
  ]);
