import type { Text } from '../../../contracts/kernel/text.ts';
import type { MappingDef, Source, Step } from '../../../contracts/mapping/shape.ts';
import { type Meaning, meaningOf } from './meaning.ts';

/** One place of the partner's message. */
export interface Field {
  /** As the format names places: `PID-3.1`, `order.placer`, `controlActProcess/…/id@extension`. */
  readonly path: string;
  readonly meaning: Text;
  readonly type: Text;
  readonly need: 'always' | 'if' | 'optional';
  /** Table that translates it. */
  readonly table?: string;
  /** What always stands there. */
  readonly fixed?: string;
  readonly values: readonly string[];
  /** Why it must be there, in the mapping's own words. */
  readonly note: string;
}

interface Found {
  readonly path: string;
  readonly steps: readonly Step[];
  readonly require: string | undefined;
  /** One of several places, or only under a condition. */
  readonly maybe: boolean;
  readonly fixed?: string;
}

const dates: Readonly<Record<string, Text>> = {
  day: { zh: '日期 YYYYMMDD', en: 'date, YYYYMMDD' },
  time: { zh: '时间 YYYYMMDDHHMMSS[+ZZZZ]', en: 'time, YYYYMMDDHHMMSS[+ZZZZ]' },
  hl7: { zh: '时间 YYYYMMDDHHMMSS', en: 'time, YYYYMMDDHHMMSS' },
  hl7zone: { zh: '时间 YYYYMMDDHHMMSS+ZZZZ', en: 'time, YYYYMMDDHHMMSS+ZZZZ' },
  hl7day: { zh: '日期 YYYYMMDD', en: 'date, YYYYMMDD' },
};
const isoDates: Readonly<Record<string, Text>> = {
  day: { zh: '日期 YYYY-MM-DD', en: 'date, YYYY-MM-DD' },
  time: { zh: '时间（ISO 8601）', en: 'time, ISO 8601' },
};

/** The places an inbound mapping reads, by canonical message, in the order of the mapping; a place is listed once for each message. */
export function fieldsIn(
  def: Extract<MappingDef, { direction: 'in' }>,
): { message: string; fields: Field[] }[] {
  const base = def.each && def.format !== 'hl7v2' ? def.each : '';
  const byMessage = new Map<string, Map<string, Field>>();
  for (const { type, fields } of def.messages) {
    const own = byMessage.get(type) ?? new Map<string, Field>();
    byMessage.set(type, own);
    for (const [target, source] of Object.entries(fields))
      for (const { target: at, found } of places(source, target, base))
        if (!own.has(found.path)) own.set(found.path, fieldOf(found, meaningOf(type, at), def.format));
  }
  return [...byMessage].map(([message, own]) => ({
    message,
    fields: [...own.values()].filter((f) => f.path !== ''),
  }));
}

/** The places an outbound mapping writes, in their order. */
export function fieldsOut(def: Extract<MappingDef, { direction: 'out' }>): Field[] {
  const rows = new Map<string, Field>();
  for (const { segment, fields, each, when } of def.segments)
    for (const [position, source] of Object.entries(fields)) {
      const at = def.format === 'hl7v2' || position.startsWith('/') ? position : joined(segment, position);
      for (const { target, found } of places(source, at, each ?? ''))
        if (!rows.has(target)) {
          const always = found.fixed !== undefined || environment[found.path] !== undefined;
          const known = environment[found.path];
          const meaning = known ? undefined : meaningOf(def.reads, found.path);
          const field = fieldOf(
            { ...found, path: target, maybe: found.maybe || when !== undefined },
            meaning,
            def.format,
            known,
          );
          rows.set(target, always && !when ? { ...field, need: 'always' } : field);
        }
    }
  return [...rows.values()];
}

const environment: Readonly<Record<string, Text>> = {
  $controlId: { zh: '控制号，重发时不变', en: 'Control id, the same when sent again' },
  $time: { zh: '发送时间', en: 'Time of sending' },
  $sendingApplication: { zh: '发送方系统', en: 'Sending application' },
  $sendingFacility: { zh: '发送方机构', en: 'Sending facility' },
  $receivingApplication: { zh: '接收方系统', en: 'Receiving application' },
  $receivingFacility: { zh: '接收方机构', en: 'Receiving facility' },
  $processingId: { zh: '处理标识', en: 'Processing id' },
  $version: { zh: '版本', en: 'Version' },
  $charset: { zh: '字符集', en: 'Character set' },
};

function fieldOf(found: Found, meaning: Meaning | undefined, format: string, words?: Text): Field {
  const code = found.steps.find((s): s is Extract<Step, { code: string }> => 'code' in s);
  const date = found.steps.find((s): s is Extract<Step, { date: string }> => 'date' in s);
  const max = found.steps.find((s): s is Extract<Step, { max: number }> => 'max' in s);
  const type = code
    ? { zh: '代码', en: 'code' }
    : date
      ? ((/^(json|rows|xml)$/.test(format) ? isoDates[date.date] : undefined) ?? dates[date.date]!)
      : found.steps.some((s) => 'number' in s)
        ? { zh: '数值', en: 'decimal' }
        : max
          ? { zh: `文本，至多 ${max.max} 字`, en: `text, up to ${max.max}` }
          : (meaning?.type ?? { zh: '文本', en: 'text' });
  const required = found.require !== undefined || (meaning?.required === true && !found.maybe);
  return {
    path: found.path,
    meaning: words ?? meaning?.words ?? { zh: '', en: '' },
    type,
    need: required ? (found.maybe ? 'if' : 'always') : found.maybe ? 'if' : 'optional',
    ...(code ? { table: code.code } : {}),
    ...(found.fixed === undefined ? {} : { fixed: found.fixed }),
    values: code || found.fixed !== undefined ? [] : (meaning?.values ?? []),
    note: found.require ?? '',
  };
}

interface Place {
  readonly target: string;
  readonly found: Found;
}

/** Every path a source reads, with the target it fills. What a group must have is said at its first place. */
function places(source: Source, target: string, base: string, maybe = false): Place[] {
  if (typeof source === 'string') return [place(source, target, base, maybe)];
  const found = inside(source, target, base, maybe);
  const require = 'require' in source ? source.require : undefined;
  return require === undefined
    ? found
    : found.map((one, i) =>
        i === 0 && one.found.require === undefined ? { ...one, found: { ...one.found, require } } : one,
      );
}

function inside(source: Exclude<Source, string>, target: string, base: string, maybe: boolean): Place[] {
  if ('value' in source)
    return [
      { target, found: { path: '', steps: [], require: undefined, maybe, fixed: String(source.value) } },
    ];
  if ('cleared' in source) return [];
  if ('object' in source)
    return Object.entries(source.object).flatMap(([key, one]) =>
      places(one, /^[.@]/.test(key) ? `${target}${key}` : `${target}.${key}`, base, maybe),
    );
  if ('firstOf' in source)
    return source.firstOf.flatMap((one) => places(one, target, base, source.firstOf.length > 1 || maybe));
  if ('list' in source) return source.list.flatMap((one) => places(one, target, base, true));
  if ('when' in source)
    return [source.use, ...(source.else === undefined ? [] : [source.else])].flatMap((one) =>
      places(one, target, base, true),
    );
  if ('each' in source) return places(source.map, target, joined(base, source.each), maybe);
  const paths = Array.isArray(source.from) ? source.from : [source.from];
  return paths.map((path) => place(path, target, base, maybe || paths.length > 1, source.do));
}

const place = (
  path: string,
  target: string,
  base: string,
  maybe: boolean,
  steps: readonly Step[] = [],
): Place => ({ target, found: { path: joined(base, path), steps, require: undefined, maybe } });

/** `PID-3` and `.1`, `values` and `.code`, `subject/patient` and `../encounter/code`. */
function joined(base: string, path: string): string {
  if (base === '' || path.startsWith('$') || path.startsWith('/') || path.startsWith('meta:'))
    return path.replace(/^\/(?!\/)/, '');
  if (path === '.') return base;
  if (path.startsWith('.') && !path.startsWith('../')) return `${base}${path}`;
  if (path.startsWith('@') || path.startsWith(':')) return `${base}${path}`;
  const parts = [...base.split('/'), ...path.split('/')];
  const kept: string[] = [];
  for (const part of parts) {
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else kept.push(part);
  }
  return kept.join('/');
}
