/** SOAP as a platform of the field writes and reads it: by hand, with nothing of the product. */
const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => escapes[c]!);

export const unescaped = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, decimal: string) => String.fromCodePoint(Number(decimal)))
    .replace(/&amp;/g, '&');

export type Version = '1.1' | '1.2';
export type Style = 'string' | 'cdata';

const namespaces: Record<Version, string> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};
export const mediaTypes: Record<Version, string> = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8',
};

export const enveloped = (body: string, version: Version): string =>
  `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="${namespaces[version]}"><soap:Body>${body}</soap:Body></soap:Envelope>`;

export const content = (text: string, style: Style): string =>
  style === 'cdata' ? `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>` : escaped(text);

/** What stands in an element of that name, whatever its prefix; CDATA opened, escapes undone. */
export function contentOf(envelope: string, name: string): string | undefined {
  const open = new RegExp(`<(?:[\\w.-]+:)?${name}(?:\\s[^>]*)?>`).exec(envelope);
  if (!open) return undefined;
  const close = new RegExp(`</(?:[\\w.-]+:)?${name}\\s*>`).exec(envelope.slice(open.index));
  if (!close) return undefined;
  const inside = envelope.slice(open.index + open[0].length, open.index + close.index);
  return inside.includes('<![CDATA[')
    ? inside.trim().replace(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1')
    : unescaped(inside);
}
