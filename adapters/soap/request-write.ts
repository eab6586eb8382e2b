import { createHash, randomBytes } from 'node:crypto';
import type { SendOptions } from '../../contracts/adapter/port.ts';
import type { SendSettings } from './descriptor.ts';
import { contentTypes, writeEnvelope } from './envelope-write.ts';
import { requestHeaders } from './headers.ts';
import { mediaTypeOf } from './media-type.ts';
import { contentIn, textOfBytes, withoutProlog } from './payload.ts';
import { digestOf } from './security.ts';
import {
  base64Binary,
  passwordDigest,
  passwordText,
  securityNamespace,
  utilityNamespace,
} from './security-names.ts';
import type { Target } from './target.ts';
import { readXml, type XmlLimits } from './xml-reader.ts';
import { escapeAttribute, escapeText, unwritable } from './xml-text.ts';

export interface WrittenRequest {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

type Asked = Pick<SendOptions, 'with' | 'id' | 'mediaType'>;

/** A message of ours as the contract wants it, or why it cannot be written. */
export function writeRequest(
  bytes: Uint8Array,
  target: Target,
  settings: SendSettings,
  limits: XmlLimits,
  options: Asked,
  now: number,
): WrittenRequest | { readonly bad: string } {
  let text: string;
  try {
    text = textOfBytes(bytes, mediaTypeOf(options.mediaType).params.charset);
  } catch (error) {
    return { bad: (error as Error).message };
  }
  const entry = target.operation.typed
    ? typedEntry(text, limits)
    : entryOf(text, target, settings, limits, options);
  if ('bad' in entry) return entry;
  const { version, operation, url } = target;
  const addressing = settings.addressing
    ? requestHeaders(operation.soapAction, `urn:x-message:${encodeURIComponent(options.id)}`, url)
    : '';
  const security = settings.usernameToken === undefined ? '' : tokenOf(settings.usernameToken, now);
  const envelope = writeEnvelope(version, addressing + security, entry.content);
  const action = operation.soapAction.replaceAll(/["\\\r\n]/g, '');
  return {
    body: Buffer.from(envelope),
    headers:
      version === '1.1'
        ? { 'content-type': contentTypes['1.1'], soapaction: `"${action}"` }
        : { 'content-type': `${contentTypes['1.2']}; action="${action}"` },
  };
}

type Content = { readonly content: string } | { readonly bad: string };

function typedEntry(text: string, limits: XmlLimits): Content {
  const content = withoutProlog(text);
  try {
    readXml(content, limits, 1);
    return { content };
  } catch (error) {
    return { bad: `the message is no element: ${(error as Error).message}` };
  }
}

function entryOf(
  text: string,
  { operation, namespace, qualified }: Target,
  settings: SendSettings,
  limits: XmlLimits,
  options: Asked,
): Content {
  const { name, parameters, message, action, messageStyle } = operation;
  const space = escapeAttribute(namespace);
  const payload = contentIn(text, messageStyle, limits, qualified ? namespace : '');
  if ('bad' in payload) return payload;
  let content = '';
  for (const parameter of parameters) {
    const isAction = 'parameter' in action && action.parameter === parameter;
    const value = isAction ? actionOf(settings, options.with.action) : (options.with[parameter] ?? '');
    if (isAction && value === '') return { bad: 'the target names no action' };
    if (parameter !== message && unwritable(value) !== -1)
      return { bad: `"${parameter}" cannot be written in XML` };
    content += `<${parameter}>${parameter === message ? payload.content : escapeText(value)}</${parameter}>`;
  }
  return {
    content: qualified
      ? `<${name} xmlns="${space}">${content}</${name}>`
      : `<m:${name} xmlns:m="${space}">${content}</m:${name}>`,
  };
}

/** The action as the partner writes it; `actions` of the settings are read from its side to ours. */
function actionOf({ actions = {} }: SendSettings, ours = ''): string {
  return Object.entries(actions).find(([, name]) => name === ours)?.[0] ?? ours;
}

/** WS-Security UsernameToken profile 1.0; a nonce of its own for each request. */
function tokenOf(
  { username, password, type }: NonNullable<SendSettings['usernameToken']>,
  now: number,
): string {
  const nonce = randomBytes(16).toString('base64');
  const created = new Date(now).toISOString();
  const id = createHash('sha256').update(nonce).digest('hex').slice(0, 16);
  const value =
    type === 'digest'
      ? `<wsse:Password Type="${passwordDigest}">${digestOf(nonce, created, password)}</wsse:Password>`
      : `<wsse:Password Type="${passwordText}">${escapeText(password)}</wsse:Password>`;
  return `<wsse:Security xmlns:wsse="${securityNamespace}" xmlns:wsu="${utilityNamespace}"><wsse:UsernameToken wsu:Id="token-${id}"><wsse:Username>${escapeText(username)}</wsse:Username>${value}<wsse:Nonce EncodingType="${base64Binary}">${nonce}</wsse:Nonce><wsu:Created>${created}</wsu:Created></wsse:UsernameToken></wsse:Security>`;
}
