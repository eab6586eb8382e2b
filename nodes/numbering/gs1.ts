import { check10 } from './check-character.ts';
import { calendarDay, type Structure, unreadable } from './reading.ts';

interface Application {
  readonly name: string;
  /** Longest content; of that very length where `fixed`. */
  readonly max: number;
  readonly fixed: boolean;
  readonly digits: boolean;
}

const fixed = (name: string, max: number): Application => ({ name, max, fixed: true, digits: true });
const free = (name: string, max: number, digits = false): Application => ({
  name,
  max,
  fixed: false,
  digits,
});

/** Application identifiers met on reagents, supplies and devices (GS1 General Specifications, section 3). */
const identifiers: Readonly<Record<string, Application>> = {
  '00': fixed('sscc', 18),
  '01': fixed('gtin', 14),
  '02': fixed('content', 14),
  '10': free('lot', 20),
  '11': fixed('produced', 6),
  '12': fixed('due', 6),
  '13': fixed('packed', 6),
  '15': fixed('bestBefore', 6),
  '16': fixed('sellBy', 6),
  '17': fixed('expiry', 6),
  '20': fixed('variant', 2),
  '21': free('serial', 20),
  '22': free('consumerVariant', 20),
  '30': free('count', 8, true),
  '37': free('contained', 8, true),
  '235': free('thirdPartySerial', 28),
  '240': free('additionalId', 30),
  '241': free('customerPart', 30),
  '250': free('secondarySerial', 30),
  '251': free('sourceEntity', 30),
  '400': free('customerOrder', 30),
  '410': fixed('shipTo', 13),
  '414': fixed('location', 13),
  '7003': fixed('expiryTime', 10),
  '7004': free('potency', 4, true),
  '8004': free('asset', 30),
  '8006': fixed('component', 18),
  '8017': fixed('provider', 18),
  '8018': fixed('recipient', 18),
};
for (let i = 310; i <= 316; i++)
  Object.assign(
    identifiers,
    Object.fromEntries([0, 1, 2, 3, 4, 5].map((d) => [`${i}${d}`, fixed('measure', 6)])),
  );
for (let i = 90; i <= 99; i++)
  Object.assign(identifiers, { [String(i)]: free('internal', i === 90 ? 30 : 90) });

const dates = new Set(['produced', 'due', 'packed', 'bestBefore', 'sellBy', 'expiry']);
const checked = new Set(['sscc', 'gtin', 'content', 'shipTo', 'location', 'provider', 'recipient']);
const separator = '\u001d';

/** Year of two digits within the fifty years on both sides (GS1 General Specifications, 7.12), counted from 2026. */
function dateOf(content: string): string {
  const [yy, month, day] = [content.slice(0, 2), content.slice(2, 4), content.slice(4, 6)].map(Number) as [
    number,
    number,
    number,
  ];
  const year = 2000 + yy - (yy > 76 ? 100 : 0);
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const found = calendarDay(year, month, day === 0 ? last : day);
  if (!found) throw unreadable(`没有日期 ${content}`, `there is no date ${content}`);
  return found;
}

function structure(id: string, application: Application, content: string): Structure {
  const { name, max } = application;
  if (content === '' || content.length > max || (application.fixed && content.length !== max))
    throw unreadable(`(${id}) 的长度不合规`, `(${id}) has a length the standard does not allow`);
  if (application.digits && !/^\d+$/.test(content))
    throw unreadable(`(${id}) 只能是数字`, `(${id}) takes digits only`);
  if (checked.has(name) && check10(content.slice(0, -1)) !== content.at(-1))
    throw unreadable(`(${id}) 校验位不符，请重新扫描`, `the check digit of (${id}) does not fit; scan again`);
  return {
    kind: 'gs1',
    standard: `GS1 (${id})`,
    value: content,
    parts: dates.has(name)
      ? { name, date: dateOf(content) }
      : name === 'measure'
        ? { name, amount: String(Number(content) / 10 ** Number(id[3])) }
        : { name },
  };
}

const applicationAt = (text: string): [string, Application] | undefined => {
  for (const length of [2, 3, 4]) {
    const id = text.slice(0, length);
    const found = identifiers[id];
    if (found && id.length === length) return [id, found];
  }
  return undefined;
};

/**
 * A GS1 element string: as a scanner gives it (with or without `]d2` in front, FNC1 as GS), or as people read it, `(01)…(17)…(10)…`.
 * Undefined where the text is none.
 */
export function readGs1(text: string): Structure[] | undefined {
  if (/^\(\d{2,4}\)/.test(text)) return readPrinted(text);
  // EAN-8, UPC-A, EAN-13, ITF-14: the trade item number alone.
  if (/^(?:\d{8}|\d{12,14})$/.test(text) && check10(text.slice(0, -1)) === text.at(-1))
    return [structure('01', identifiers['01']!, text.padStart(14, '0'))];
  const plain = text.replace(/^\](?:d2|C1|Q3|e0|J1)/, '');
  if (plain === text && !text.includes(separator) && !/^(?:01\d{14}|00\d{18}$)/.test(text)) return undefined;
  const structures: Structure[] = [];
  let rest = plain.startsWith(separator) ? plain.slice(1) : plain;
  while (rest !== '') {
    const at = applicationAt(rest);
    if (!at)
      throw unreadable(
        `未知的应用标识符 ${rest.slice(0, 4)}`,
        `no such application identifier: ${rest.slice(0, 4)}`,
      );
    const [id, application] = at;
    const body = rest.slice(id.length);
    const end = application.fixed
      ? application.max
      : Math.min(...[body.indexOf(separator), body.length].filter((n) => n >= 0));
    structures.push(structure(id, application, body.slice(0, end)));
    rest = body.slice(end);
    if (rest.startsWith(separator)) rest = rest.slice(1);
  }
  return structures.length > 0 ? structures : undefined;
}

function readPrinted(text: string): Structure[] {
  const elements = [...text.matchAll(/\((\d{2,4})\)([^(]*)/g)];
  if (elements.map(([whole]) => whole).join('') !== text)
    throw unreadable('括号格式不正确', 'the brackets do not pair');
  return elements.map(([, id = '', content = '']) => {
    const application = identifiers[id];
    if (!application) throw unreadable(`未知的应用标识符 ${id}`, `no such application identifier: ${id}`);
    return structure(id, application, content.trim());
  });
}
