import { t } from '../../contracts/kernel/text.ts';
import { decodeXml } from './charset.ts';
import type { Contract } from './contract.ts';
import type { Part } from './multipart.ts';
import { SoapProblem, tooLarge } from './problem.ts';
import { attributeOf } from './xml-content.ts';
import { readXml, type XmlElement, type XmlLimits } from './xml-reader.ts';
import { escapeText, unwritable } from './xml-text.ts';

const XOP = 'http://www.w3.org/2004/08/xop/include';

/**
 * Puts the parts that xop:Include names into the envelope (XOP 1.0 section 3.2): as base64, but as text where the part is the whole
 * message parameter. Parts that nothing names would be lost and are refused.
 */
export function inlineParts(
  source: string,
  parts: readonly Part[],
  contract: Contract,
  limits: XmlLimits,
  maxChars: number,
): string {
  const byId = new Map(parts.map((part) => [part.id, part]));
  const used = new Set<Part>();
  let result = '';
  let at = 0;
  for (const include of includesOf(readXml(source, limits, Number.POSITIVE_INFINITY))) {
    const part = byId.get(idOf(attributeOf(include, 'href') ?? ''));
    if (part === undefined) throw refused('引用的附件不存在', 'an included part is not there');
    used.add(part);
    result += source.slice(at, include.start) + contentOf(part, isMessage(include, contract));
    if (result.length > maxChars) throw tooLarge('characters with all included parts', maxChars);
    at = include.end;
  }
  if (used.size < byId.size || byId.size < parts.length)
    throw refused('有未被引用的附件，不支持', 'attachments that the envelope does not include are not taken');
  return result + source.slice(at);
}

function includesOf(root: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  const todo = [root];
  for (let element = todo.pop(); element !== undefined; element = todo.pop())
    if (element.local === 'Include' && element.namespace === XOP) found.push(element);
    else todo.push(...element.children.toReversed());
  return found;
}

function idOf(href: string): string {
  try {
    return decodeURIComponent(href.replace(/^cid:/, ''));
  } catch {
    return '';
  }
}

function isMessage({ parent }: XmlElement, { operations }: Contract): boolean {
  const operation = operations.find(({ name }) => name === parent?.parent?.local);
  return (
    operation !== undefined &&
    !operation.typed &&
    operation.message === parent?.local &&
    parent.children.length === 1
  );
}

function contentOf(part: Part, text: boolean): string {
  if (!text) return Buffer.from(part.bytes).toString('base64');
  const decoded = decodeXml(part.bytes, part.media.params.charset, 'utf-8').text;
  if (unwritable(decoded) !== -1) throw refused('附件不是文本', 'the included message is no text');
  return escapeText(decoded);
}

const refused = (zh: string, en: string): SoapProblem =>
  new SoapProblem(t(`附件：${zh}`, `Attachments: ${en}`), { kind: 'bad-request' });
