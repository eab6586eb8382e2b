import { isBad, type TargetFormat, type Writer } from '../engine/format.ts';
import { usual } from './delimiters.ts';
import { escaped } from './escape.ts';
import { type Path, parsePath } from './source.ts';

/** Records below which a record counts its sequence number anew (LIS2-A2 4.2). */
const above: Readonly<Record<string, string>> = { P: 'H', Q: 'H', L: 'H', O: 'P', R: 'O' };

export const astmTarget: TargetFormat = {
  segment: (name) => (/^[A-Z]$/.test(name) ? undefined : { bad: 'must be a record type such as O' }),
  position(segment, text, component = '') {
    const path = parsePath(text + component);
    if (isBad(path) || path.letter !== segment || path.field === 0 || path.occurrence > 1)
      return {
        bad: `"${text}${component}" is not a position of ${segment}; write ${segment}-3 or ${segment}-3.1`,
      };
    if (path.field === 1 || (segment === 'H' && path.field === 2))
      return { bad: `${text} is written by itself` };
    return { position: path };
  },
  writer: () => new AstmWriter(),
};

interface Growing {
  readonly letter: string;
  /** Fields, repetitions, components; the first field is number 2. */
  readonly fields: string[][][];
}

class AstmWriter implements Writer {
  private readonly records: Growing[] = [];

  segment(name: string): void {
    this.records.push({ letter: name, fields: [] });
  }

  set(position: unknown, repetition: number, value: string | null): void {
    const { field, component, repetition: own } = position as Path;
    const { fields } = this.records.at(-1)!;
    const repetitions = (fields[field - 2] ??= []);
    const components = (repetitions[(own || repetition) - 1] ??= []);
    components[Math.max(component, 1) - 1] = value === null ? '""' : escaped(value, usual);
  }

  text(): string {
    const { field } = usual;
    const counts = new Map<string, number>();
    const lines = this.records.map(({ letter, fields }) => {
      const texts = Array.from(fields, (f) => fieldText(f));
      if (letter === 'H') texts[0] = `${usual.repeat}${usual.component}${usual.escape}`;
      else {
        for (const [below, over] of Object.entries(above)) if (over === letter) counts.set(below, 0);
        if (letter !== 'C') counts.set('C', 0);
        const n = (counts.get(letter) ?? 0) + 1;
        counts.set(letter, n);
        texts[0] ||= String(n);
      }
      return [letter, ...texts].join(field);
    });
    return lines.map((line) => `${line}\r`).join('');
  }
}

const fieldText = (repetitions: string[][] | undefined): string =>
  Array.from(repetitions ?? [], (components) =>
    Array.from(components ?? [], (c) => c ?? '').join(usual.component),
  ).join(usual.repeat);
