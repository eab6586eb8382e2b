import type { ActionDef } from '../../contracts/kernel/action.ts';

type Json = { readonly [key: string]: unknown };

/** A value that a schema does not admit; undefined where it admits anything. In text: as it stands in a query. */
export function wrongFor(schema: object, asText: boolean): unknown {
  const s = schema as Json;
  const kinds = kindsOf(s);
  if (kinds.size === 0) return undefined;
  if (asText) {
    if (kinds.has('string')) return tooLong(s);
    return 'wrong';
  }
  if (!kinds.has('object')) return { wrong: true };
  return 'wrong';
}

/** Param names of an action that come by its query or body, with their schema. */
export function paramsBesides(action: ActionDef): [string, object][] {
  const outside = new Set([...(action.rest?.path.matchAll(/\{(\w+)\}/g) ?? [])].map((m) => m[1]));
  if (action.rest?.ifMatch) outside.add('version');
  return Object.entries(action.params.properties as Record<string, object>).filter(
    ([name]) => !outside.has(name),
  );
}

function kindsOf(s: Json): Set<unknown> {
  if (Array.isArray(s.anyOf)) return new Set(s.anyOf.flatMap((inner: Json) => [...kindsOf(inner)]));
  return new Set(s.type === undefined ? [] : [s.type]);
}

function tooLong(s: Json): string | undefined {
  const inner = Array.isArray(s.anyOf) ? (s.anyOf as Json[]).find((i) => i.maxLength !== undefined) : s;
  const max = inner?.maxLength;
  return typeof max === 'number' && max < 4000 ? 'x'.repeat(max + 1) : undefined;
}
