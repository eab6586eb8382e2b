import type { Registry } from '../../../contracts/kernel/collect.ts';

export type Json = { readonly [key: string]: unknown };

/** Turns contract schemas into the document's: records become components, choices become enums. */
export class Schemas {
  readonly components: Record<string, Json> = {};
  private readonly names = new Map<object, string>();

  constructor(registry: Registry) {
    for (const record of registry.records.values()) this.names.set(record.schema, pascal(record.name));
  }

  /** Names a schema that is used in more than one place. */
  name(schema: object, name: string): void {
    this.names.set(schema, name);
  }

  of(schema: object): Json {
    const name = this.names.get(schema);
    if (name === undefined) return this.plain(schema as Json);
    if (!(name in this.components)) {
      this.components[name] = {};
      this.components[name] = { title: name, ...this.plain(schema as Json) };
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  private plain(schema: Json): Json {
    const choices = enumOf(schema);
    if (choices) return choices;
    const nullable = nullableOf(schema);
    if (nullable) return this.plain(nullable);
    const out: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'anyOf' || key === 'allOf') out[key] = (value as object[]).map((inner) => this.of(inner));
      else if (key === 'items' || (key === 'additionalProperties' && typeof value === 'object'))
        out[key] = this.of(value as object);
      else if (key === 'properties' || key === 'patternProperties')
        out[key] = Object.fromEntries(
          Object.entries(value as Record<string, object>).map(([name, inner]) => [name, this.of(inner)]),
        );
      else out[key] = value;
    }
    return Object.keys(out).length === 0 ? { description: '任意 JSON · Any JSON value' } : out;
  }
}

/** A union of constants reads better as an enum. */
function enumOf(schema: Json): Json | undefined {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || !anyOf.every((s: Json) => 'const' in s)) return undefined;
  return { ...rest, type: (anyOf[0] as Json).type, enum: anyOf.map((s: Json) => s.const) };
}

/** `anyOf [scalar, null]` as the type and null, JSON Schema 2020-12. */
function nullableOf(schema: Json): Json | undefined {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return undefined;
  const [one, other] = anyOf as [Json, Json];
  if (other.type !== 'null') return undefined;
  const inner = enumOf(one) ?? one;
  if (typeof inner.type !== 'string' || inner.type === 'object' || inner.type === 'array') return undefined;
  return {
    ...inner,
    ...rest,
    type: [inner.type, 'null'],
    ...(Array.isArray(inner.enum) ? { enum: [...inner.enum, null] } : {}),
  };
}

export const pascal = (name: string): string =>
  name.replace(/(^|_)(\w)/g, (_, _edge: string, letter: string) => letter.toUpperCase());
