const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const reference = /&(?:#(\d{1,10})|#x([0-9a-fA-F]{1,8})|([a-z]{2,4}));/y;

/** The text that stands for itself in a document; undefined where a reference in it is not known. */
export function plainText(raw: string, attribute = false): string | undefined {
  let text = raw;
  if (text.includes('\r')) text = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  if (attribute && /[\t\n]/.test(text)) text = text.replace(/[\t\n]/g, ' ');
  return text.includes('&') ? resolved(text) : text;
}

function resolved(text: string): string | undefined {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
    reference.lastIndex = at;
    const found = reference.exec(text);
    const character = found && characterOf(found);
    if (!character) return undefined;
    out += text.slice(from, at) + character;
    from = reference.lastIndex;
  }
  return out + text.slice(from);
}

function characterOf([, decimal, hexadecimal, name]: RegExpExecArray): string | undefined {
  if (name !== undefined) return Object.hasOwn(named, name) ? named[name] : undefined;
  const point = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  return isCharacter(point) ? String.fromCodePoint(point) : undefined;
}

/** Char of XML 1.0 §2.2. */
const isCharacter = (point: number): boolean =>
  point === 9 ||
  point === 10 ||
  point === 13 ||
  (point >= 0x20 && point <= 0xd7ff) ||
  (point >= 0xe000 && point <= 0xfffd) ||
  (point >= 0x10000 && point <= 0x10ffff);

const inText = /[&<>]|\r/g;
const inAttribute = /[&<>"\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** A value as it stands between tags. Characters that XML cannot carry are left out by `carried` before. */
export const escapedText = (value: string): string => value.replace(inText, (c) => escapes[c]!);
/** A value as it stands in double quotes. */
export const escapedAttribute = (value: string): string => value.replace(inAttribute, (c) => escapes[c]!);

/** True where every character may stand in a document. */
export const canCarry = (value: string): boolean =>
  !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(value) && value.isWellFormed();
