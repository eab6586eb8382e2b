import { isFault } from '../../contracts/kernel/fault.ts';
import { type Group, Hl7Message, type Part } from '../hl7v2/message.ts';
import { compilePath, type PathRef } from '../hl7v2/path.ts';
import type { Segment } from '../hl7v2/segment.ts';
import type { Bad, Binding, Scope, SourceFormat, TargetFormat, Value, Writer } from './format.ts';
import { isBad } from './format.ts';
import { hl7Dates } from './hl7v2.dates.ts';

/** Where a path is read: in a group (then in what is common to its kind), `.1` in a repetition. */
interface Place {
  readonly message: Hl7Message;
  readonly group: Group | undefined;
  readonly part: Part | undefined;
  /** Repetitions already split here: a mapping looks at PID-3 and PID-5 more than once. */
  split: Map<PathRef, Scope[]> | undefined;
  /** Segments already found here, by slot; null where there is none. */
  found: (Segment | null)[] | undefined;
}

const placeOf = (message: Hl7Message, group: Group | undefined, part?: Part): Place => ({
  message,
  group,
  part,
  split: undefined,
  found: undefined,
});

const msh7 = compilePath('MSH-7.1');
const wholeRepetition: PathRef = { ...compilePath('.1'), path: '.', component: 0 };

const notAPath = (path: string): Bad => ({
  bad: `"${path}" is not a path; write PID-3, PID-3(2), PID-3.4.2, or .1 inside a repetition`,
});

function refOf(path: string): PathRef | Bad {
  try {
    const ref = compilePath(path);
    return ref.segment === '' || ref.segment.length === 3 ? ref : notAPath(path);
  } catch (error) {
    if (!isFault(error)) throw error;
    return notAPath(path);
  }
}

function sourceFormat(inRepetition: boolean): SourceFormat {
  return {
    open: (message) => placeOf(message as Hl7Message, undefined),
    zone(scope) {
      const offset = /([+-]\d\d)(\d\d)$/.exec((scope as Place).message.read(msh7) ?? '');
      return offset ? `${offset[1]}:${offset[2]}` : undefined;
    },
    value(path, test) {
      const ref = path === '.' ? wholeRepetition : refOf(path);
      if (isBad(ref)) return ref;
      if (ref.segment !== '' && ref.field === 0 && !test) return notAPath(path);
      if (ref.segment !== '') return { get: segmentReader(ref) };
      if (!inRepetition) return { bad: `"${path}" is read inside "each" of a field only` };
      return { get: (scope) => (scope as Place).message.read(ref, (scope as Place).part) };
    },
    each(path) {
      const ref = refOf(path);
      if (isBad(ref)) return ref;
      if (ref.segment === '' || ref.component > 0 || ref.repetition > 0 || ref.occurrence > 1) {
        return { bad: `"${path}" cannot be repeated; name a segment or a field` };
      }
      return ref.field === 0
        ? {
            items: (scope) => groupsOf(scope as Place, ref.segment),
            inner: messageFormat,
            label: ref.segment,
          }
        : { items: (scope) => partsOf(scope as Place, ref), inner: repetitionFormat, label: path };
    },
  };
}

/** One number for each segment name and occurrence that mappings read. */
const slots = new Map<string, number>();

function segmentReader(ref: PathRef): (scope: Scope) => Value {
  const { segment: name, occurrence } = ref;
  const key = `${name}[${occurrence}]`;
  const slot = slots.get(key) ?? slots.size;
  slots.set(key, slot);
  const first: PathRef = { ...ref, occurrence: 1 };
  return (scope) => {
    const place = scope as Place;
    const found = (place.found ??= []);
    let segment = found[slot];
    if (segment === undefined) {
      segment = place.message.find(name, occurrence, place.group) ?? null;
      found[slot] = segment;
    }
    return segment === null ? undefined : place.message.read(first, segment);
  };
}

const messageFormat = sourceFormat(false);
const repetitionFormat = sourceFormat(true);

function groupsOf({ message, group }: Place, start: string): Scope[] {
  return ranges(message, start, group).map((g) => placeOf(message, g));
}

/**
 * Where a message carries several patients, a group ends before the next PID and reads its own patient. A group that
 * stands before the first of several patients belongs to none: then there are no groups, and the mapping refuses.
 */
function ranges(message: Hl7Message, start: string, inside: Group | undefined): Group[] {
  const groups = message.groups(start, inside);
  if (inside || start === 'PID') return groups;
  const patients = message.groups('PID');
  if (patients.length < 2) return groups;
  const nested = patients.flatMap((patient) => message.groups(start, patient));
  return nested.length === groups.length ? nested : [];
}

function partsOf(place: Place, ref: PathRef): Scope[] {
  const known = place.split?.get(ref);
  if (known) return known;
  const { message, group } = place;
  const parts = message.repetitions(ref, group).map((part) => placeOf(message, group, part));
  (place.split ??= new Map()).set(ref, parts);
  return parts;
}

interface Position {
  readonly base: PathRef;
  /** The reference with the repetition at its index. */
  readonly at: PathRef[];
}

const target: TargetFormat = {
  segment: (name) =>
    /^[A-Z][A-Z0-9]{2}$/.test(name) ? undefined : { bad: 'must be a segment name such as ORC' },
  position(segment, path, component = '') {
    const ref = refOf(path + component);
    if (isBad(ref))
      return { bad: `"${path}${component}" is not a position; write ${segment}-2 or ${segment}-2.1` };
    if (ref.segment !== segment || ref.field === 0 || ref.occurrence > 1) {
      return { bad: `"${path}" is not a position of ${segment}` };
    }
    if (segment === 'MSH' && ref.field < 3) return { bad: 'MSH-1 and MSH-2 are written by themselves' };
    return { position: { base: ref, at: [] } satisfies Position };
  },
  writer: () => new Hl7Writer(),
};

class Hl7Writer implements Writer {
  private readonly message = Hl7Message.create();
  private current: Segment | undefined;

  segment(name: string): void {
    this.current = this.message.append(name);
  }

  set(position: unknown, repetition: number, value: string | null): void {
    const { base, at } = position as Position;
    const ref = base.repetition > 0 || repetition === 1 ? base : (at[repetition] ??= { ...base, repetition });
    this.message.set(ref, value, this.current, { lineBreak: '.br' });
  }

  text(): string {
    return this.message.toString();
  }
}

/** HL7 v2 (ER7). `toCanonical` takes an `Hl7Message`. */
export const hl7v2: Binding = {
  name: 'hl7v2',
  source: messageFormat,
  target,
  dates: hl7Dates,
};
