import { check37 } from './check-character.ts';
import { dinStructure } from './isbt-din.ts';
import { calendarDay, type Structure, unreadable } from './reading.ts';

interface Form {
  readonly id: string;
  /** Number of the data structure, ISBT 128 ST-001. */
  readonly number: string;
  readonly kind: string;
  /** The content behind the identifier; its groups are the parts. */
  readonly content: RegExp;
  readonly length: number;
}

const facility = '(?<facility>[A-NP-Z1-9][A-NP-Z0-9]{2}\\d{2})';
const form = (number: string, id: string, kind: string, length: number, content: string): Form => ({
  number,
  id,
  kind,
  length,
  content: new RegExp(`^${content}$`),
});
const moment = '(?<century>\\d)(?<year>\\d{2})(?<day>\\d{3})(?<hour>\\d{2})(?<minute>\\d{2})';

/** Data structures a cell laboratory meets; the longer identifiers first. */
const forms: readonly Form[] = [
  form('035', '&,1', 'mpho', 18, '(?<lot>[A-Z0-9]{18})'),
  form('003', '=<', 'product', 8, '(?<description>[A-Z]\\w{4})(?<collection>\\w)(?<division>\\w{2})'),
  form('005', '&>', 'expiry', 10, moment),
  form('007', '&*', 'collected', 10, moment),
  form('009', '&}', 'produced', 10, moment),
  form('019', '=;', 'donor', 21, `${facility}(?<number>[A-Z0-9]{16})`),
  form('020', "='", 'staff', 11, `${facility}(?<number>[A-Z0-9]{6})`),
  form('017', '=)', 'container', 10, '(?<maker>[A-Z0-9]{2})(?<catalogue>[A-Z0-9]{8})'),
  form('018', '&)', 'containerLot', 10, '(?<lot>[A-Z0-9]{10})'),
  form('021', '=-', 'item', 10, '(?<maker>[A-Z0-9]{2})(?<catalogue>[A-Z0-9]{8})'),
  form('022', '&-', 'itemLot', 10, '(?<lot>[A-Z0-9]{10})'),
  form(
    '028',
    '=$',
    'consignment',
    16,
    `${facility}(?<year>\\d{2})(?<number>\\d{5})(?<container>\\d{2})(?<containers>\\d{2})`,
  ),
  form('032', '=,', 'divisions', 6, '(?<division>[A-Z0-9]{6})'),
  form('039', '&:', 'grid', 19, '(?<issuer>\\d{4})(?<number>[A-Z0-9]{13})(?<check>\\d{2})'),
  form('040', '&/', 'coi', 15, `CH${facility}(?<year>\\d{2})(?<number>[A-Z0-9]{6})`),
];

/** Reads one structure at the start of a text and how long it is, identifier included. */
function one(text: string): { found: Structure; length: number } {
  if (/^=[A-Z1-9]/.test(text)) {
    if (text.length < 16)
      throw unreadable('供者识别码不完整，请重新扫描', 'the donation number is cut off; scan again');
    return { found: dinStructure(text.slice(1, 14), text.slice(14, 16)), length: 16 };
  }
  const kind = forms.find((f) => text.startsWith(f.id));
  if (!kind)
    throw unreadable(`未知的数据结构 ${text.slice(0, 2)}`, `no such data structure: ${text.slice(0, 2)}`);
  const content = text.slice(kind.id.length, kind.id.length + kind.length);
  const match = kind.content.exec(content);
  if (!match)
    throw unreadable(
      `数据结构 ${kind.number} 的内容不合规`,
      `the content of data structure ${kind.number} is not as the standard says`,
    );
  const parts = { ...match.groups };
  return {
    found: {
      kind: kind.kind,
      standard: `ISBT 128 DS ${kind.number}`,
      value: content,
      parts: parts.century === undefined ? checked(kind, content, parts) : momentOf(parts),
    },
    length: kind.id.length + kind.length,
  };
}

function checked(kind: Form, content: string, parts: Record<string, string>): Record<string, string> {
  // GRID (DS 039): the check is the mod 37-2 value of the first 17 characters in two digits.
  if (kind.kind === 'grid' && check37(content.slice(0, 17)) !== check37For(parts.check ?? ''))
    throw unreadable('GRID 校验位不符', 'the check digits of the GRID do not fit');
  return parts;
}

const check37For = (digits: string): string => '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*'[Number(digits)] ?? '';

/** Structures 005, 007, 009: century digit (0 is 2000), year, day of the year, hour, minute; 2359 is "no time". */
function momentOf(parts: Record<string, string>): Record<string, string> {
  const year = (parts.century === '9' ? 1900 : 2000 + Number(parts.century) * 100) + Number(parts.year);
  const date = new Date(Date.UTC(year, 0, Number(parts.day)));
  if (Number(parts.day) < 1 || date.getUTCFullYear() !== year)
    throw unreadable(`${year} 年没有第 ${parts.day} 天`, `${year} has no day ${parts.day}`);
  if (Number(parts.hour) > 23 || Number(parts.minute) > 59)
    throw unreadable('时间不合规', 'there is no such time of day');
  const day = calendarDay(year, date.getUTCMonth() + 1, date.getUTCDate()) ?? '';
  return { date: day, time: `${parts.hour}:${parts.minute}` };
}

/**
 * A scanned ISBT 128 code: one structure, or a compound message (023) whose count is verified before any of it is used. Undefined where
 * the text begins with none of its identifiers.
 */
export function readIsbt(text: string): Structure[] | undefined {
  if (!/^[=&]/.test(text)) return undefined;
  const compound = /^=\+(\d{2})(\d{3})/.exec(text);
  if (!compound) {
    const { found, length } = one(text);
    if (length !== text.length)
      throw unreadable('条码后有多余内容', 'something follows the structure in this code');
    return [found];
  }
  const structures: Structure[] = [];
  let rest = text.slice(compound[0].length);
  while (rest !== '') {
    const { found, length } = one(rest);
    structures.push(found);
    rest = rest.slice(length);
  }
  if (structures.length !== Number(compound[1]))
    throw unreadable(
      `应有 ${Number(compound[1])} 个数据结构，只读到 ${structures.length} 个，请重新扫描`,
      `${Number(compound[1])} structures were announced and ${structures.length} read; scan again`,
    );
  return structures;
}
