import { check37 } from './check-character.ts';
import { readGs1 } from './gs1.ts';
import { readIsbt } from './isbt.ts';
import { typedDin } from './isbt-din.ts';
import { type Structure, unreadable } from './reading.ts';

/** First letter of our own numbers: what the thing is, so that one scan field takes any code. */
export const ownKinds: Readonly<Record<string, string>> = {
  U: 'unit',
  P: 'position',
  L: 'lot',
  E: 'equipment',
  S: 'staff',
  Q: 'specimen',
  T: 'task',
  X: 'transport',
};

/** Our own numbers, `U-2603-00017K`: a letter, what the rule writes, and the mod 37-2 check character of all before it. */
function readOwn(text: string): Structure | undefined {
  const found = /^([A-Z])-([A-Z0-9./#-]*[A-Z0-9])([0-9A-Z*])$/.exec(text);
  const type = ownKinds[found?.[1] ?? ''];
  if (!found || type === undefined) return undefined;
  const [, letter, body, check] = found;
  if (check37(`${letter}-${body}`) !== check)
    throw unreadable('校验位不符，请重新扫描或核对', 'the check character does not fit; scan again');
  return { kind: 'own', standard: `Cytomesh ${letter}`, value: text, parts: { type } };
}

/** Reads any code. Line ends of the scanner do not count. Throws `numbering.code.unreadable` with what to do. */
export function readCode(scanned: string, typed = false): Structure[] {
  const text = scanned.replace(/^[\r\n\t ]+|[\r\n\t ]+$/g, '');
  const own = readOwn(text.toUpperCase());
  if (own) return [own];
  const din = () => {
    const found = typedDin(text);
    return found && [found];
  };
  const structures = (typed && din()) || (readIsbt(text) ?? readGs1(text) ?? din());
  if (structures) return structures;
  throw unreadable('不是已知的条码格式', 'this is no code that is known here');
}
