import type { Json } from './schemas.ts';

/** A value a schema admits: what the try-it-out form begins with. Optional fields are left out unless asked for. */
export function exampleOf(schema: object, { optional = false, name = '' } = {}): unknown {
  const s = schema as Json;
  if ('const' in s) return s.const;
  if (Array.isArray(s.enum)) return s.enum[0];
  if (Array.isArray(s.anyOf)) return exampleOf(s.anyOf[0] as object, { optional, name });
  switch (s.type) {
    case 'object': {
      const required = new Set((s.required as string[] | undefined) ?? []);
      const entries = Object.entries((s.properties as Record<string, object> | undefined) ?? {})
        .filter(([key]) => optional || required.has(key))
        .map(([key, inner]) => [key, exampleOf(inner, { optional, name: key })]);
      return Object.fromEntries(entries);
    }
    case 'array':
      return Array.from({ length: Number(s.minItems ?? 0) }, () =>
        exampleOf(s.items as object, { optional }),
      );
    case 'integer':
    case 'number':
      return s.minimum ?? 1;
    case 'boolean':
      return false;
    case 'null':
      return null;
    case 'string':
      return textOf(s, name);
    default:
      return {};
  }
}

function textOf(s: Json, name: string): string {
  if (s.format === 'date-time') return '2026-03-02T09:00:00.000Z';
  const text = name === '' ? 'text' : name;
  const short = text.slice(0, Number(s.maxLength ?? 1000));
  return short.padEnd(Number(s.minLength ?? 0), 'x');
}
