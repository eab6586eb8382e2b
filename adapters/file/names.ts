import { createHash } from 'node:crypto';

/** Names of files that others are still writing, or that are not meant for us. */
const passing =
  /^\.|^~|~$|\.(tmp|temp|part|partial|filepart|crdownload|download|writing|swp|lock)$|^(thumbs\.db|desktop\.ini)$/i;

export const isPassing = (name: string): boolean => passing.test(name);

/** `*.csv|res-??.txt`, any case. */
export function patternOf(pattern: string): (name: string) => boolean {
  const parts = pattern.split('|').map((part) =>
    part
      .trim()
      .replace(/[\\^$.+()[\]{}]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.'),
  );
  const expression = new RegExp(`^(?:${parts.join('|')})$`, 'isu');
  return (name) => expression.test(name);
}

/** A name and its extension: `a.b.csv` → `a.b`, `.csv`. */
export function splitName(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? { stem: name, extension: '' } : { stem: name.slice(0, dot), extension: name.slice(dot) };
}

/** Room for the suffixes we add: file systems allow 255 bytes. */
const LONGEST = 200;

/** The second of a name is `name~2.csv`; one too long for its suffixes is shortened. */
export function numbered(name: string, n: number): string {
  const { stem, extension } = splitName(name);
  let cut = stem;
  while (Buffer.byteLength(cut + extension) > LONGEST && cut.length > 1) cut = [...cut].slice(0, -1).join('');
  return `${cut}${n === 1 ? '' : `~${n}`}${extension.slice(0, 40)}`;
}

const claimed = /^\.claimed-([a-z0-9]{8})~(.+)$/s;

/** A name too long to be claimed is shortened, and stays unlike others that begin alike. */
export function claimName(owner: string, name: string): string {
  const long = Buffer.byteLength(name) > LONGEST + 30;
  const { stem, extension } = splitName(name);
  const mark = long ? createHash('sha256').update(name).digest('hex').slice(0, 8) : '';
  return `.claimed-${owner}~${long ? numbered(`${[...stem].slice(0, 50).join('')}-${mark}${extension}`, 1) : name}`;
}

/** Who holds a file, and its name. */
export function readClaim(name: string): { owner: string; name: string } | undefined {
  const found = claimed.exec(name);
  return found === null ? undefined : { owner: found[1]!, name: found[2]! };
}

export const aliveName = (owner: string): string => `.alive-${owner}`;

/** A text on its way to its place. */
export const passingName = (owner: string): string => `.passing-${owner}`;

/** Which node a file of its own belongs to. */
export const readSign = (name: string): string | undefined =>
  /^\.(?:alive|passing)-([a-z0-9]{8})$/.exec(name)?.[1];
