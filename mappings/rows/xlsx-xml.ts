/** A tag of a spreadsheet part; prefixes are left off. */
export interface Tag {
  readonly name: string;
  readonly kind: 'open' | 'close' | 'empty';
  readonly attributes: string;
  /** Text between the tag before and this one, decoded. */
  readonly text: string;
}

const TAG =
  /<(?:!\[CDATA\[([\s\S]*?)\]\]>|!--[\s\S]*?-->|\?[\s\S]*?\?>|![^>]*>|(\/?)(?:[\w.-]+:)?([\w.-]+)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>)/g;

/** The tags of an XML text in order. Enough for the parts of a workbook: no DTD is read, so nothing expands. */
export function* tagsOf(xml: string): Generator<Tag> {
  const scan = new RegExp(TAG);
  let text = '';
  let from = 0;
  for (let found = scan.exec(xml); found !== null; found = scan.exec(xml)) {
    text += decodeEntities(xml.slice(from, found.index));
    from = scan.lastIndex;
    const [, cdata, slash, name, attributes = '', empty] = found;
    if (name === undefined) {
      text += cdata ?? '';
      continue;
    }
    yield { name, kind: slash ? 'close' : empty ? 'empty' : 'open', attributes, text };
    text = '';
  }
}

/** An attribute by its local name. */
export function attribute(attributes: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|\\s)(?:[\\w.-]+:)?${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  const value = found?.[1] ?? found?.[2];
  return value === undefined ? undefined : decodeEntities(value);
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/g,
    (whole, hex, decimal, name) => {
      if (name !== undefined) return named[name] ?? whole;
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}

/** Text of a string item or cell: `_x000D_` stands for a character that XML cannot hold (ECMA-376 part 1, 22.9.2.19). */
export const spreadsheetText = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
