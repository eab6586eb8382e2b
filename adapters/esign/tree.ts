import { XMLParser, XMLValidator } from 'fast-xml-parser';
import iconv from 'iconv-lite';

/** What a JSON or XML text says, values as texts; attributes and namespaces are left out of account. */
export type Tree = string | null | readonly Tree[] | { readonly [name: string]: Tree };
export type Read = { readonly tree: Tree } | { readonly bad: string };

/** Deeper texts are refused. */
const DEPTH = 40;

const xml = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: true,
  processEntities: true,
  htmlEntities: false,
});

/** Reads a text that is JSON or XML, by its first character. Never throws. */
export function readTree(text: string): Read {
  try {
    const tree = /^\s*</.test(text) ? readXml(text) : readJson(text);
    return tooDeep(tree) ? { bad: 'nested too deeply' } : { tree };
  } catch (error) {
    return { bad: error instanceof Refusal ? error.message : 'neither JSON nor XML that can be read' };
  }
}

class Refusal extends Error {}

/** Numbers as they are written: an id of nineteen digits keeps them all. */
function readJson(text: string): Tree {
  const exact = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' || typeof value === 'boolean' ? (context?.source ?? String(value)) : value;
  return JSON.parse(text, exact) as Tree;
}

function readXml(text: string): Tree {
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new Refusal('document types are not permitted');
  let depth = 0;
  for (const [tag] of text.matchAll(/<(?:\/|[^!?/])[^>]*>/g)) {
    if (tag.startsWith('</')) depth--;
    else if (!tag.endsWith('/>') && ++depth > DEPTH) throw new Refusal('nested too deeply');
  }
  const sound = XMLValidator.validate(text);
  if (sound !== true) throw new Refusal(`line ${sound.err.line}: XML is not well-formed`);
  const { '?xml': _, ...tree } = xml.parse(text) as Record<string, Tree>;
  return tree;
}

function tooDeep(tree: Tree): boolean {
  let level: Tree[] = [tree];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}

/** Decodes by the charset of the content type or of the XML declaration, else UTF-8; undefined where the bytes are not of it. */
export function textOf(bytes: Uint8Array, contentType: string | undefined): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const given =
    /charset\s*=\s*"?([\w-]+)/i.exec(contentType ?? '')?.[1] ??
    /^\s*<\?xml[^>]*encoding\s*=\s*["']([\w-]+)/i.exec(head)?.[1] ??
    'utf-8';
  if (/^(gbk|gb2312|gb18030)$/i.test(given)) {
    const text = iconv.decode(Buffer.from(bytes), 'gb18030');
    return text.includes('\ufffd') ? undefined : text;
  }
  try {
    return new TextDecoder(given, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text at a dotted path; of a list its first item counts. Undefined where nothing stands there. */
export function textAt(tree: Tree, path: string | undefined): string | undefined {
  const found = path === undefined ? undefined : at(tree, path.split('.'));
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function at(tree: Tree, steps: readonly string[]): Tree | undefined {
  let value: Tree | undefined = tree;
  for (const step of steps) {
    while (Array.isArray(value)) value = value[0];
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined;
    value = (value as { readonly [name: string]: Tree })[step];
  }
  while (Array.isArray(value)) value = value[0];
  return value;
}
