import { t } from '../../contracts/kernel/text.ts';
import { decodeXml } from './charset.ts';
import type { Style } from './contract.ts';
import { SoapProblem } from './problem.ts';
import { documentOf, textOf } from './xml-content.ts';
import { readXml, type XmlElement, type XmlLimits } from './xml-reader.ts';
import { cdata, escapeText, unwritable } from './xml-text.ts';

/** What a parameter or result holds, as text: escaped, CDATA, or a document standing in it. */
export function contentOf(source: string, element: XmlElement): string {
  if (element.children.length === 0) return textOf(source, element);
  if (element.children.length > 1 || element.hasText)
    throw new SoapProblem(
      t(
        `${element.local} 中应只有一个文档或一段文本`,
        `${element.local} has to hold one document or text, not several or both`,
      ),
      { kind: 'broken-frame' },
    );
  return documentOf(source, element.children[0]!);
}

const prolog = /^[\s\ufeff]*(<\?xml\s[^>]*\?>\s*)?/;

/** A document without byte order mark and XML declaration, as it may stand in another. */
export const withoutProlog = (text: string): string => text.replace(prolog, '');

/** Text in the wanted style; `inside` is the default namespace of the element it is put into. */
export function contentIn(
  text: string,
  style: Style,
  limits: XmlLimits,
  inside: string,
): { readonly content: string } | { readonly bad: string } {
  const at = unwritable(text);
  if (at !== -1) return { bad: `character ${at} cannot be written in XML` };
  if (style !== 'nested') return { content: style === 'cdata' ? cdata(text) : escapeText(text) };
  const document = withoutProlog(text);
  try {
    const root = readXml(document, limits, 1);
    if (inside === '' || root.declared.has('')) return { content: document };
    return { content: `${document.slice(0, root.nameEnd)} xmlns=""${document.slice(root.nameEnd)}` };
  } catch (error) {
    return { bad: `no document that could stand in another: ${(error as Error).message}` };
  }
}

/** Bytes of ours as text: in the charset their media type names, or as the document itself says. */
export const textOfBytes = (bytes: Uint8Array, charset?: string): string =>
  decodeXml(bytes, charset, 'utf-8').text;
