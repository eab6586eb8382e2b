import { Fault } from '../../contracts/kernel/fault.ts';
import { localDate } from '../kit/local-time.ts';
import { check10, check37 } from './check-character.ts';

type Part =
  | { readonly text: string }
  | { readonly value: 'org' | 'facility' | 'scope' | 'yyyy' | 'yy' | 'MM' | 'dd' | 'ddd' }
  | { readonly digits: number }
  | { readonly check: 10 | 37 };

export interface Pattern {
  readonly parts: readonly Part[];
  /** Digits of the running number. */
  readonly digits: number;
  readonly uses: ReadonlySet<string>;
}

/** What a pattern is filled with. */
export interface Filling {
  readonly org: string;
  readonly facility: string;
  readonly scope: string;
  readonly now: number;
}

const values = new Set(['org', 'facility', 'scope', 'yyyy', 'yy', 'MM', 'dd', 'ddd']);
/** Facility identification number of ISBT 128 (ST-001, 2.4.1): no O anywhere, no 0 in front. */
const fin = /^[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2}$/;

const invalid = (zh: string, en: string): Fault =>
  new Fault('numbering.pattern.invalid', { reason: `${zh} · ${en}` });

/** Reads a pattern; throws `numbering.pattern.invalid` with what is wrong. */
export function readPattern(text: string, facility = ''): Pattern {
  const parts: Part[] = [];
  const uses = new Set<string>();
  let rest = text;
  while (rest !== '') {
    const token = /^\{(\w+)(?::(\d{1,2}))?\}/.exec(rest);
    if (!token) {
      const plain = /^[^{}]+/.exec(rest)?.[0];
      if (plain === undefined) throw invalid(`括号不成对：${rest}`, `a brace is not paired: ${rest}`);
      if (!/^[A-Za-z0-9./#-]+$/.test(plain))
        throw invalid(`“${plain}”含不可用的字符`, `“${plain}” has characters that codes cannot carry`);
      parts.push({ text: plain });
      rest = rest.slice(plain.length);
      continue;
    }
    const [whole, name = '', width] = token;
    rest = rest.slice(whole.length);
    if (uses.has(name)) throw invalid(`${whole} 出现两次`, `${whole} stands there twice`);
    uses.add(name);
    if (name === 'seq' && Number(width) >= 1 && Number(width) <= 12) parts.push({ digits: Number(width) });
    else if (name === 'check' && (width === undefined || width === '10'))
      parts.push({ check: width === '10' ? 10 : 37 });
    else if (values.has(name) && width === undefined) parts.push({ value: name } as Part);
    else throw invalid(`不认识的记号 ${whole}`, `${whole} is no token`);
  }
  const sequence = parts.find((p) => 'digits' in p) as { digits: number } | undefined;
  if (!sequence) throw invalid('缺少流水号 {seq:位数}', 'there is no {seq:digits}');
  if (uses.has('check') && !('check' in parts.at(-1)!))
    throw invalid('校验位须在最后', 'the check character comes last');
  if (uses.has('facility') && !fin.test(facility))
    throw invalid(
      'ISBT 128 机构识别号须为 5 位，如 A9999',
      'the facility identification number has five characters, e.g. A9999',
    );
  return { parts, digits: sequence.digits, uses };
}

const fill = (pattern: Pattern, filling: Filling, running: string): string => {
  const all: Readonly<Record<string, string>> = { ...localDate(filling.now), ...filling, now: '' };
  let out = '';
  for (const part of pattern.parts) {
    if ('text' in part) out += part.text;
    else if ('value' in part) out += all[part.value];
    else if ('digits' in part) out += running;
    else out += running === '#' ? '' : part.check === 10 ? check10(out) : check37(out);
  }
  return out;
};

/** What numbers count in: everything a number says but its place. The same prefix continues the same series. */
export const seriesOf = (pattern: Pattern, filling: Filling): string => fill(pattern, filling, '#');

/** The number at a place of its series, from 1 on. */
export const numberAt = (pattern: Pattern, filling: Filling, place: number): string =>
  fill(pattern, filling, String(place).padStart(pattern.digits, '0'));
