import { attribute, tagsOf } from './xlsx-xml.ts';

/** How a number of a style is shown: as a date, with leading zeros, or as it is. */
export type Shown = 'date' | 'number' | { readonly digits: number };

/** Built-in formats that are dates (ECMA-376 part 1, 18.8.30, and those of the Chinese locale). */
const builtIn = (id: number): boolean =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || id === 45 || id === 47 || (id >= 50 && id <= 58);

/** By the index that cells carry in `s`. */
export function readStyles(xml: string | undefined): readonly Shown[] {
  if (xml === undefined) return [];
  const codes = new Map<number, string>();
  const shown: Shown[] = [];
  let inCells = false;
  for (const { name, kind, attributes } of tagsOf(xml)) {
    if (name === 'cellXfs') inCells = kind === 'open';
    else if (kind === 'close') continue;
    else if (name === 'numFmt')
      codes.set(Number(attribute(attributes, 'numFmtId')), attribute(attributes, 'formatCode') ?? '');
    else if (name === 'xf' && inCells)
      shown.push(shownBy(Number(attribute(attributes, 'numFmtId') ?? 0), codes));
  }
  return shown;
}

function shownBy(id: number, codes: ReadonlyMap<number, string>): Shown {
  const code = codes.get(id);
  if (code === undefined) return builtIn(id) ? 'date' : 'number';
  if (/^0{2,20}$/.test(code)) return { digits: code.length };
  const bare = code.replace(/"[^"]*"|\\.|_./g, '').split(';')[0]!;
  if (/\[(h+|m+|s+)\]/i.test(bare)) return 'number';
  return /[ymdhs年月日时分秒]/i.test(bare.replace(/\[[^\]]*\]|General/gi, '')) ? 'date' : 'number';
}
