import type { Bad, Scope, SourceFormat } from '../engine/format.ts';
import { isBad } from '../engine/format.ts';
import type { AstmMessage, AstmRecord } from './message.ts';

interface Place {
  readonly message: AstmMessage;
  /** The record at hand; absent for the whole message. */
  readonly record?: AstmRecord;
  /** One repetition of a field, raw. */
  readonly part?: string;
}

export interface Path {
  readonly letter: string;
  readonly occurrence: number;
  /** 0: the record itself. */
  readonly field: number;
  /** 0: not given. */
  readonly repetition: number;
  readonly component: number;
}

const grammar =
  /^([A-Z])(?:\[([1-9]\d{0,4})\])?(?:-([1-9]\d{0,2})(?:\(([1-9]\d{0,4})\))?(?:\.([1-9]\d{0,2}))?)?$/;

const notAPath = (text: string): Bad => ({
  bad: `"${text}" is not a path; write O-3, O-3.1, O-5(2).4, R[2]-4, or .1 inside a repetition`,
});

/** `R-4`, `R-3.4`, `P-6(2)`, `R[2]-4`, `R`. Fields count from the record type, which is 1, as the standard counts them. */
export function parsePath(text: string): Path | Bad {
  const m = grammar.exec(text);
  if (!m) return notAPath(text);
  const at = (group: number): number => Number(m[group] ?? 0);
  return { letter: m[1]!, occurrence: at(2) || 1, field: at(3), repetition: at(4), component: at(5) };
}

const inPart = /^\.(?:([1-9]\d{0,2}))?$/;

function sourceFormat(inside: boolean): SourceFormat {
  return {
    open: (message) => ({ message: message as AstmMessage }) satisfies Place,
    value(text, test) {
      const relative = inPart.exec(text);
      if (relative) {
        const component = Number(relative[1] ?? 0);
        return inside
          ? { get: (scope) => (scope as Place).message.value((scope as Place).part, component) }
          : { bad: `"${text}" is read inside "each" of a field only` };
      }
      const path = parsePath(text);
      if (isBad(path)) return path;
      if (path.field === 0 && !test) return notAPath(text);
      return { get: (scope) => valueAt(scope as Place, path) };
    },
    each(text) {
      const path = parsePath(text);
      if (isBad(path)) return path;
      if (path.component > 0 || path.repetition > 0 || path.occurrence > 1)
        return { bad: `"${text}" cannot be repeated; name a record or a field` };
      return path.field === 0
        ? {
            items: (scope) => recordsAt(scope as Place, path.letter),
            inner: recordFormat,
            label: path.letter,
          }
        : { items: (scope) => partsAt(scope as Place, path), inner: partFormat, label: text };
    },
  };
}

function valueAt({ message, record }: Place, path: Path): string | null | undefined {
  const found = message.find(path.letter, path.occurrence, record);
  if (!found) return undefined;
  if (path.field === 0) return found.letter;
  const repetition = message.repetitions(found, path.field)[(path.repetition || 1) - 1];
  return message.value(repetition, path.component);
}

const recordsAt = ({ message, record }: Place, letter: string): Scope[] =>
  message.all(letter, record).map((r): Place => ({ message, record: r }));

function partsAt({ message, record }: Place, path: Path): Scope[] {
  const found = message.find(path.letter, 1, record);
  if (!found) return [];
  return message
    .repetitions(found, path.field)
    .map((part): Place => ({ message, ...(record ? { record } : {}), part }));
}

const recordFormat = sourceFormat(false);
const partFormat = sourceFormat(true);

/** Paths of an ASTM message. */
export const astmSource = recordFormat;
