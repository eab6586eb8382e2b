import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { decodeXml } from './charset.ts';
import type { HttpClient } from './http.ts';
import { mediaTypeOf } from './media-type.ts';
import { attributeOf } from './xml-content.ts';
import { readXml, type XmlElement } from './xml-reader.ts';

export interface WsdlDocument {
  readonly location: string;
  readonly source: string;
  readonly root: XmlElement;
}

const limits = { depth: 200, elements: 200_000, attributes: 256, attributeChars: 100_000 };
const MOST_DOCUMENTS = 50;
const MOST_BYTES = 8_388_608;

/** A WSDL with all it imports and includes. A file imports files, an address addresses. */
export async function loadWsdl(
  location: string,
  http: HttpClient,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<WsdlDocument[]> {
  const found = new Map<string, WsdlDocument>();
  const todo = [location];
  for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
    if (found.has(next)) continue;
    if (found.size >= MOST_DOCUMENTS) throw new Error(`the WSDL has more than ${MOST_DOCUMENTS} documents`);
    const source = isUrl(next)
      ? await fetched(next, location, http, timeoutMs, signal)
      : await fromFile(next);
    const document = { location: next, source, root: readXml(source, limits, Number.POSITIVE_INFINITY) };
    found.set(next, document);
    todo.push(...importsOf(document));
  }
  return [...found.values()];
}

const isUrl = (location: string): boolean => /^https?:/i.test(location);

async function fetched(
  url: string,
  first: string,
  http: HttpClient,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const answer = await http.exchange({
    url,
    method: 'GET',
    headers: {},
    timeoutMs,
    signal,
    maxBytes: MOST_BYTES,
    trusted: new URL(url).origin === new URL(first).origin,
  });
  if ('failed' in answer) throw new Error(`the WSDL cannot be read: ${answer.failed}`);
  if (answer.status !== 200) throw new Error(`the WSDL cannot be read: HTTP ${answer.status}`);
  return decodeXml(answer.body, mediaTypeOf(answer.headers['content-type']).params.charset, 'utf-8').text;
}

async function fromFile(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MOST_BYTES) throw new Error(`the WSDL is longer than ${MOST_BYTES} bytes`);
  return decodeXml(await readFile(path), undefined, 'utf-8').text;
}

function importsOf({ location, root }: WsdlDocument): string[] {
  return descendants(root)
    .filter(({ local }) => local === 'import' || local === 'include')
    .map((element) => attributeOf(element, 'location') ?? attributeOf(element, 'schemaLocation'))
    .filter((target) => target !== undefined && target !== '')
    .map((target) => against(location, target!));
}

function against(base: string, target: string): string {
  if (isUrl(base)) {
    const { href } = new URL(target, base);
    if (!isUrl(href)) throw new Error(`the WSDL imports ${href.slice(0, 200)}`);
    return href;
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(target)) throw new Error(`the WSDL file imports ${target.slice(0, 200)}`);
  return resolve(dirname(base), target);
}

/** An element and all below it, in the order of the document. */
export function descendants(root: XmlElement): XmlElement[] {
  const all: XmlElement[] = [];
  const todo = [root];
  for (let element = todo.pop(); element !== undefined; element = todo.pop()) {
    all.push(element);
    todo.push(...element.children.toReversed());
  }
  return all;
}
