/** Characters, names and references of XML 1.0 (sections 2.2, 2.3, 4.1) and namespaces in XML. */

const start =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const part = `[${start}][${start}.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040\\-]*`;

/** Prefix and local name. */
export const qualifiedName = new RegExp(`^(?:(${part}):)?(${part})$`, 'u');

/** A reference that may stand in a document without a document type. */
export const reference = /&(?:lt|gt|amp|apos|quot|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/y;

export const isChar = (code: number): boolean =>
  (code >= 0x20 && code <= 0xd7ff) ||
  code === 0x09 ||
  code === 0x0a ||
  code === 0x0d ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff);

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };

/** Resolves the references of a text that was read as well-formed. */
export function unescapeText(text: string): string {
  if (!text.includes('&')) return text;
  if (text.includes('&#'))
    return text.replace(/&(#x?)?(\w+);/g, (_, numeric: string | undefined, name: string) =>
      numeric === undefined
        ? named[name]!
        : String.fromCodePoint(Number.parseInt(name, numeric === '#' ? 10 : 16)),
    );
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

/** A carriage return is written as a reference: a reader would take it for a line end. */
export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');

export const escapeAttribute = (text: string): string =>
  escapeText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');

export const cdata = (text: string): string =>
  text === ''
    ? ''
    : `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>').replaceAll('\r', ']]>&#13;<![CDATA[')}]]>`;

/** Where the first character stands that XML 1.0 has no way to write; -1 where there is none. */
export const unwritable = (text: string): number => {
  const at = text.search(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/);
  return at === -1 && !text.isWellFormed() ? text.search(/\p{Surrogate}/u) : at;
};
