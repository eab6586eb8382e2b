import type { DefinitionWordsResult } from '../../api/client.generated.ts';
import type { Offer, OfferContext } from '../../components/code/code-types.ts';
import type { SegmentView } from '../../components/segments/segments.element.ts';
import { msg } from '../../state/language.ts';

export type Words = DefinitionWordsResult;

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
}

/** Keys that lead to the cursor, outermost first; `-` for an item of a list. */
export function pathOf(above: string, before: string): string[] {
  const indent = (line: string) => line.length - line.trimStart().length;
  let deep = indent(before);
  const item = /^(\s*-\s+)+/.exec(before);
  if (item) deep = item[0].length;
  const path: string[] = item && before.trim().startsWith('-') ? ['-'] : [];
  if (item) deep = item[0].indexOf('-');
  const lines = above.split('\n');
  for (let i = lines.length - 1; i >= 0 && deep > 0; i--) {
    const line = lines[i]!;
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    const found = /^(\s*)((?:-\s+)*)(?:(["']?)([\w$.()"-]+)\3\s*:)?/.exec(line)!;
    const at = found[1]!.length + found[2]!.length;
    if (found[4] !== undefined && at < deep) {
      path.unshift(found[4].replace(/^"|"$/g, ''));
      deep = at;
    }
    if (found[2] !== '' && found[1]!.length < deep) {
      path.unshift('-');
      deep = found[1]!.length;
    }
  }
  return path;
}

const names: Readonly<Record<string, keyof Words>> = {
  map: 'mappings',
  answer: 'mappings',
  endpoint: 'endpoints',
  format: 'formats',
  event: 'events',
  calls: 'calls',
  code: 'tables',
};

/** Words of a mapping below its outer shape, which the engine checks and no schema describes. */
const sourceKeys =
  'from do value each where map when use else object list firstOf cleared require unique first'.split(' ');
const conditionKeys = 'path is matches present cleared all any not'.split(' ');
const dateWords = 'day time hl7 hl7zone hl7day'.split(' ');

/** What may be written at a place of a definition; paths come with their values in the sample that is shown. */
export function offersAt(
  words: Words | undefined,
  text: string,
  segments: readonly SegmentView[],
  { above, before }: OfferContext,
): Offer[] {
  if (!words) return [];
  const kind = kindOf(text);
  const value = /(?:^|[{,\s-])(["']?)([\w$.-]+)\1\s*:\s*(\[[^\]{]*)?$/.exec(before);
  if (value) return valuesOf(words, kind, value[2]!, pathOf(above, before), segments);
  const inline = /[{,]\s*$/.test(before);
  const path = pathOf(above, before);
  if (!inline && !/^\s*(-\s+)*$/.test(before)) return [];
  if (kind.startsWith('mapping')) {
    const own = mappingKeys(words, kind, path, above, before, inline);
    if (own) return own;
  }
  return keysOf(schemaAt(words, text, kind, path));
}

const kindOf = (text: string): string => {
  if (/^endpoint\s*:/m.test(text)) return 'endpoint';
  if (/^mapping\s*:/m.test(text)) return /^direction\s*:\s*out/m.test(text) ? 'mappingOut' : 'mappingIn';
  return /^\s+event\s*:/m.test(text) ? 'out' : 'in';
};

function schemaAt(words: Words, text: string, kind: string, path: readonly string[]): Schema | undefined {
  const adapter = /^adapter\s*:\s*(\S+)/m.exec(text)?.[1] ?? '';
  const format = /^format\s*:\s*(\S+)/m.exec(text)?.[1] ?? 'hl7v2';
  const [head, ...rest] = path;
  let schema = words.schemas[kind] as Schema | undefined;
  let steps: readonly string[] = path;
  if (kind === 'endpoint' && (head === 'listen' || head === 'send' || head === 'also')) {
    const way = head === 'send' ? 'send' : 'listen';
    schema = (words.adapters[adapter] as Record<string, Schema> | undefined)?.[way];
    steps = head === 'also' ? rest.slice(1) : rest;
  } else if (kind === 'endpoint' && head === 'read') {
    schema = words.schemas[`read.${format}`] as Schema | undefined;
    steps = rest;
  }
  for (const step of steps) schema = step === '-' ? (schema?.items ?? schema) : schema?.properties?.[step];
  return schema;
}

const keysOf = (schema: Schema | undefined): Offer[] =>
  Object.entries((schema?.items ?? schema)?.properties ?? {}).map(([label, inner]) => ({
    label,
    detail: half(inner.description),
    apply: inner.type === 'object' || inner.type === 'array' ? `${label}:` : `${label}: `,
  }));

/** Descriptions carry both languages with a point between. */
const half = (text = ''): string => {
  const [zh = '', en = zh] = text.split(' · ');
  return msg(zh, en).slice(0, 70);
};

function mappingKeys(
  words: Words,
  kind: string,
  path: readonly string[],
  above: string,
  before: string,
  inline: boolean,
): Offer[] | undefined {
  const key = (label: string): Offer => ({ label, apply: `${label}: ` });
  const opened = braceKey(before);
  const last = inline ? opened : path.findLast((p) => p !== '-');
  if (last === 'do')
    return words.steps.map(({ name, zh, en }) => ({ label: name, detail: msg(zh, en), apply: `${name}: ` }));
  if (last === 'when' || last === 'where' || last === 'all' || last === 'any' || last === 'not')
    return conditionKeys.map(key);
  const fields = path.indexOf('fields');
  if (fields < 0) return path[0] === 'refuse' ? ['when', 'reason'].map(key) : undefined;
  if (inline) return sourceKeys.map(key);
  if (kind === 'mappingOut') return sourceKeys.map(key);
  const type = [...above.matchAll(/^\s*-?\s*type\s*:\s*(\w+)/gm)].at(-1)?.[1] ?? '';
  const inside = path.slice(fields + 1).filter((p) => p !== '-' && !sourceKeys.includes(p));
  const prefix = inside.length ? `${inside.join('.')}.` : '';
  const targets = (words.canonical[type] ?? [])
    .filter((p) => p.startsWith(prefix) && !p.slice(prefix.length).includes('.'))
    .map((p) => ({
      label: p.slice(prefix.length),
      detail: type,
      apply: `${p.slice(prefix.length)}: `,
      boost: 2,
    }));
  return [...targets, ...sourceKeys.map(key)];
}

/** The key whose braces the cursor is in: `do` of `do: [trim: true, { `. */
function braceKey(before: string): string | undefined {
  let depth = 0;
  for (let i = before.length - 1; i >= 0; i--) {
    if (before[i] === '}') depth++;
    else if (before[i] === '{' && depth-- === 0)
      return /([\w$.-]+)["']?\s*:\s*(?:\[[^\]]*)?$/.exec(before.slice(0, i))?.[1];
  }
  return undefined;
}

function valuesOf(
  words: Words,
  kind: string,
  key: string,
  path: readonly string[],
  segments: readonly SegmentView[],
): Offer[] {
  const plain = (list: readonly string[]): Offer[] => list.map((label) => ({ label }));
  const mapping = kind.startsWith('mapping');
  if (key === 'adapter') return plain(Object.keys(words.adapters));
  if (mapping && (key === 'type' || key === 'reads')) return plain(Object.keys(words.canonical));
  if (mapping && key === 'date') return plain(dateWords);
  const positions = mapping || path.includes('filter');
  if (positions && ['from', 'path', 'each', 'map'].includes(key)) return positionsOf(segments);
  const list = names[key];
  if (list && Array.isArray(words[list])) return plain(words[list] as string[]);
  const schema = schemaAt(words, '', kind, [...path, key]);
  const choices = schema?.enum ?? schema?.anyOf?.map((s) => s.const).filter((c) => c !== undefined) ?? [];
  if (schema?.type === 'boolean') return plain(['true', 'false']);
  return plain(choices.map(String));
}

/** Positions of the sample, each with what stands there. */
function positionsOf(segments: readonly SegmentView[]): Offer[] {
  const seen = new Set<string>();
  return segments.flatMap(({ fields }) =>
    fields.flatMap(({ position, value }) => {
      if (seen.has(position)) return [];
      seen.add(position);
      return [{ label: position, detail: value.slice(0, 40) }];
    }),
  );
}
