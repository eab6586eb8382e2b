import { encodePdu, pduType } from './pdu.ts';
import { applicationContext, implementationClass, implementationVersion } from './uid.ts';

/** A-ASSOCIATE of PS3.8 §9.3.2 to 9.3.4 and its user information (PS3.7 Annex D.3.3). */

export interface ProposedContext {
  readonly id: number;
  readonly abstract: string;
  readonly syntaxes: readonly string[];
}

export interface AssociateRequest {
  readonly called: string;
  readonly calling: string;
  readonly application: string;
  readonly contexts: readonly ProposedContext[];
  /** Longest P-DATA unit the peer takes; 0: any. */
  readonly maxPdu: number;
  /** Implementation version name of the peer. */
  readonly version: string;
  /** The 64 bytes with both titles, given back as they came. */
  readonly titles: Buffer;
}

export interface ContextResult {
  readonly id: number;
  /** 0 accepted, 1 refused, 3 abstract syntax not supported, 4 transfer syntaxes not supported. */
  readonly result: 0 | 1 | 3 | 4;
  readonly syntax: string;
}

export interface AssociateAccept {
  readonly contexts: readonly ContextResult[];
  readonly maxPdu: number;
}

const item = {
  application: 0x10,
  proposed: 0x20,
  answered: 0x21,
  abstract: 0x30,
  transfer: 0x40,
  user: 0x50,
};
const user = { maxPdu: 0x51, implementation: 0x52, version: 0x55 };

/** Items one after the other; undefined where a length leads outside. */
function itemsOf(bytes: Buffer, from = 0): { type: number; value: Buffer }[] | undefined {
  const items: { type: number; value: Buffer }[] = [];
  let at = from;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) return undefined;
    items.push({ type: bytes[at]!, value: bytes.subarray(at + 4, end) });
    at = end;
  }
  return items;
}

const textOf = (bytes: Buffer): string => bytes.toString('latin1').replace(/[\0 ]+$/, '');
const titleOf = (bytes: Buffer): string => textOf(bytes).trim();

/** Undefined: the bytes are no such unit. */
export function readRequest(body: Buffer): AssociateRequest | undefined {
  if (body.length < 68 || (body.readUInt16BE(0) & 1) === 0) return undefined;
  const items = itemsOf(body, 68);
  if (items === undefined) return undefined;
  const contexts: ProposedContext[] = [];
  for (const { type, value } of items) {
    if (type !== item.proposed) continue;
    const context = readProposed(value);
    if (context === undefined) return undefined;
    if (!contexts.some(({ id }) => id === context.id)) contexts.push(context);
  }
  const about = readUser(items.find(({ type }) => type === item.user)?.value);
  const application = items.find(({ type }) => type === item.application);
  if (about === undefined || application === undefined) return undefined;
  return {
    called: titleOf(body.subarray(4, 20)),
    calling: titleOf(body.subarray(20, 36)),
    application: textOf(application.value),
    contexts,
    ...about,
    titles: Buffer.from(body.subarray(4, 68)),
  };
}

function readProposed(value: Buffer): ProposedContext | undefined {
  if (value.length < 4) return undefined;
  const items = itemsOf(value, 4);
  const abstract = items?.find(({ type }) => type === item.abstract);
  if (items === undefined || abstract === undefined) return undefined;
  const syntaxes = items.filter(({ type }) => type === item.transfer).map((i) => textOf(i.value));
  return { id: value[0]!, abstract: textOf(abstract.value), syntaxes };
}

function readUser(value: Buffer | undefined): { maxPdu: number; version: string } | undefined {
  const items = itemsOf(value ?? Buffer.alloc(0));
  if (items === undefined) return undefined;
  const length = items.find(({ type }) => type === user.maxPdu)?.value;
  const version = items.find(({ type }) => type === user.version)?.value;
  return {
    maxPdu: length?.length === 4 ? length.readUInt32BE(0) : 0,
    version: version === undefined ? '' : textOf(version).slice(0, 16),
  };
}

export function readAccept(body: Buffer): AssociateAccept | undefined {
  const items = body.length < 68 ? undefined : itemsOf(body, 68);
  if (items === undefined) return undefined;
  const contexts: ContextResult[] = [];
  for (const { type, value } of items) {
    if (type !== item.answered) continue;
    const syntax = value.length < 4 ? undefined : itemsOf(value, 4);
    if (syntax === undefined) return undefined;
    const result = value[2]! as ContextResult['result'];
    contexts.push({ id: value[0]!, result, syntax: syntax[0] === undefined ? '' : textOf(syntax[0].value) });
  }
  const about = readUser(items.find(({ type }) => type === item.user)?.value);
  return about && { contexts, maxPdu: about.maxPdu };
}

const itemOf = (type: number, ...parts: (Buffer | string)[]): Buffer => {
  const value = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const header = Buffer.from([type, 0, 0, 0]);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value]);
};

function userItem(maxPdu: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(maxPdu);
  return itemOf(
    item.user,
    itemOf(user.maxPdu, length),
    itemOf(user.implementation, implementationClass),
    itemOf(user.version, implementationVersion),
  );
}

const version1 = Buffer.from([0, 1, 0, 0]);

export function acceptPdu(
  request: AssociateRequest,
  results: readonly ContextResult[],
  maxPdu: number,
): Buffer {
  const contexts = results.map(({ id, result, syntax }) =>
    itemOf(item.answered, Buffer.from([id, 0, result, 0]), itemOf(item.transfer, syntax)),
  );
  return encodePdu(
    pduType.associateAccept,
    Buffer.concat([
      version1,
      request.titles,
      itemOf(item.application, applicationContext),
      ...contexts,
      userItem(maxPdu),
    ]),
  );
}

export function requestPdu(
  called: string,
  calling: string,
  contexts: readonly ProposedContext[],
  maxPdu: number,
): Buffer {
  const proposed = contexts.map(({ id, abstract, syntaxes }) =>
    itemOf(
      item.proposed,
      Buffer.from([id, 0, 0, 0]),
      itemOf(item.abstract, abstract),
      ...syntaxes.map((syntax) => itemOf(item.transfer, syntax)),
    ),
  );
  return encodePdu(
    pduType.associateRequest,
    Buffer.concat([
      version1,
      Buffer.from(called.padEnd(16) + calling.padEnd(16), 'latin1'),
      Buffer.alloc(32),
      itemOf(item.application, applicationContext),
      ...proposed,
      userItem(maxPdu),
    ]),
  );
}

/** Why an association is refused, PS3.8 table 9-21: result, source, reason. Result 2 passes, 1 does not. */
export const rejections = {
  'application-unknown': [1, 1, 2],
  'calling-unknown': [1, 1, 3],
  'called-unknown': [1, 1, 7],
  congested: [2, 3, 1],
  'too-many': [2, 3, 2],
} as const;
export type Rejection = keyof typeof rejections;

export const rejectPdu = (why: Rejection): Buffer =>
  encodePdu(pduType.associateReject, Buffer.from([0, ...rejections[why]]));
