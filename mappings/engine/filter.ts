import { Fault } from '../../contracts/kernel/fault.ts';
import type { Condition } from '../../contracts/mapping/shape.ts';
import { type CanonicalType, canonical } from '../../contracts/message/canonical.ts';
import { canonicalFormat } from './canonical.format.ts';
import { type At, type Compiling, type DocumentProblem, pathText } from './compiling.ts';
import { compileCondition, type Holds } from './condition.ts';
import type { SourceFormat } from './format.ts';
import { shapeOf } from './target.ts';

const noCodes = { find: () => undefined, fallback: () => undefined, has: () => false };
const none = () => undefined;
const noDates = { day: none, time: none, hl7: none, hl7zone: none, hl7day: none };
const compiling = (): Compiling => ({ problems: [], codes: noCodes, dates: noDates, environment: [] });

/** Paths of a canonical message, for the filter of an outbound channel. */
export const canonicalSource = (type: CanonicalType): SourceFormat =>
  canonicalFormat(shapeOf(canonical[type]));

export function conditionProblems(condition: unknown, at: At, source: SourceFormat): DocumentProblem[] {
  const c = compiling();
  compileCondition(condition, at, source, c);
  return c.problems;
}

/**
 * Compiles a channel's filter over the messages of a source (`hl7v2.source`, or `canonicalSource('StatusChanged')`).
 * Throws `channel.text.invalid`.
 */
export function compileFilter(condition: Condition, source: SourceFormat): Holds {
  const c = compiling();
  const holds = compileCondition(condition, ['filter'], source, c);
  const [first] = c.problems;
  if (first || !holds) {
    throw new Fault('channel.text.invalid', {
      problem: `${pathText(first?.at ?? [])} ${first?.reason ?? ''}`,
    });
  }
  return (message) => holds(source.open(message));
}

/**
 * Whether a channel takes a message type: `ADT^A01` exactly, `ORM^*` any trigger event, `ORM` a message without one, `*` all.
 * `trigger` is MSH-9.2; absent and null count as none.
 */
export function compileAccept(
  accept: readonly string[],
): (type: string, trigger: string | null | undefined) => boolean {
  const exact = new Set(accept);
  const all = exact.has('*');
  return (type, trigger) => all || exact.has(trigger ? `${type}^${trigger}` : type) || exact.has(`${type}^*`);
}
