import { Compile } from 'typebox/compile';
import { type Node, parseDocument, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import {
  type TemplateDef,
  type TemplateField,
  templateSchema,
} from '../../contracts/channel/template.schema.ts';
import { schemaProblems } from './schema-problems.ts';
import { type Parsed, parseText } from './yaml-text.ts';

/** What a field was filled in with; a secret is known by its name only. */
export type Answers = Readonly<Record<string, string | number | boolean>>;

/** What is wrong with a field; the one who asks has the words. */
export interface FieldProblem {
  readonly field: string;
  readonly reason: 'missing' | 'number' | 'small' | 'large' | 'pattern' | 'choice' | 'unknown';
}

export interface Partner {
  readonly partner: string;
  readonly title: string;
  readonly titleEn: string;
  /** Code of the organisation. */
  readonly org: string;
}

export interface MadeText {
  readonly code: string;
  readonly kind: 'endpoint' | 'channel';
  readonly text: string;
}

const shape = Compile(templateSchema);

/** Reads a template; refuses what names a field or a copy that is not there. */
export const parseTemplate = (text: string): Parsed<TemplateDef> =>
  parseText<TemplateDef>(text, (value) => {
    const problems = schemaProblems(shape, value);
    if (problems.length > 0) return problems;
    const def = value as TemplateDef;
    const names = def.fields.map(({ name }) => name);
    return [
      ...def.fields.flatMap(({ name, kind, choices }, i) => [
        ...(names.indexOf(name) === i ? [] : [{ at: ['fields', i, 'name'], reason: 'is asked twice' }]),
        ...((kind === 'choice') === (choices !== undefined)
          ? []
          : [{ at: ['fields', i], reason: '"choices" belong to kind choice, and only to it' }]),
      ]),
      ...def.make.flatMap(({ when, as }, i) => [
        ...(when === undefined || def.fields.some((f) => f.name === when && f.kind === 'yesno')
          ? []
          : [{ at: ['make', i, 'when'], reason: `no yes-or-no field named "${when}"` }]),
        ...(def.make.findIndex((one) => one.as === as) === i
          ? []
          : [{ at: ['make', i, 'as'], reason: 'is made twice' }]),
      ]),
    ];
  });

/** The secret a field is stored under: `lab-2-key`. */
export const secretOf = (partner: string, field: string): string =>
  `${partner}-${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Values by their kinds, with defaults where nothing was given; any text stands for a secret that was given. */
export function answersOf(
  def: TemplateDef,
  partner: string,
  given: Readonly<Record<string, string>>,
): { readonly answers: Answers; readonly problems: readonly FieldProblem[] } {
  const answers: Record<string, string | number | boolean> = {};
  const problems: FieldProblem[] = Object.keys(given)
    .filter((name) => !def.fields.some((f) => f.name === name))
    .map((field) => ({ field, reason: 'unknown' }));
  for (const field of def.fields) {
    const text = given[field.name]?.trim() ?? String(field.default ?? '');
    if (text === '') {
      if (field.required) problems.push({ field: field.name, reason: 'missing' });
      continue;
    }
    if (field.kind === 'secret') answers[field.name] = `$secret:${secretOf(partner, field.name)}`;
    else {
      const reason = wrong(field, text);
      if (reason) problems.push({ field: field.name, reason });
      else answers[field.name] = typed(field, text);
    }
  }
  return { answers, problems };
}

const typed = ({ kind }: TemplateField, text: string): string | number | boolean =>
  kind === 'number' ? Number(text) : kind === 'yesno' ? text === 'true' : text;

function wrong(field: TemplateField, text: string): FieldProblem['reason'] | undefined {
  if (field.kind === 'number') {
    if (!/^-?\d{1,15}(\.\d{1,6})?$/.test(text)) return 'number';
    if (field.minimum !== undefined && Number(text) < field.minimum) return 'small';
    if (field.maximum !== undefined && Number(text) > field.maximum) return 'large';
  }
  if (field.kind === 'yesno' && text !== 'true' && text !== 'false') return 'choice';
  if (field.kind === 'choice' && !field.choices?.some(({ value }) => value === text)) return 'choice';
  return field.pattern !== undefined && !new RegExp(field.pattern, 'u').test(text) ? 'pattern' : undefined;
}

/**
 * The texts of a partner. `shipped` gives the text of a shipped endpoint or channel; comments and order of its lines stay. Endpoints
 * come first, so that channels find them.
 */
export function makeTexts(
  def: TemplateDef,
  { partner, title, titleEn, org }: Partner,
  answers: Answers,
  shipped: (code: string) => string | undefined,
): MadeText[] {
  const names: Answers = { ...answers, partner, title, titleEn };
  const known = new Set(['partner', 'title', 'titleEn', ...def.fields.map(({ name }) => name)]);
  const fill = (value: unknown): unknown => filled(value, names, known);
  const made = def.make.filter(({ when }) => when === undefined || answers[when] === true);
  const renamed = new Map(def.make.map(({ from, as }) => [from, fill(as) as string]));
  return made
    .map((one): MadeText => {
      const text = shipped(one.from);
      if (text === undefined) throw new Error(`no shipped text "${one.from}"`);
      const document = parseDocument(text, { schema: 'failsafe', keepSourceTokens: false });
      const kind = document.has('endpoint') ? 'endpoint' : 'channel';
      const code = fill(one.as) as string;
      document.set(kind, new Scalar(code));
      document.set('org', new Scalar(org));
      const own = document.toJS() as {
        title: { zh: string; en: string };
        source?: { endpoint?: string };
        targets?: { endpoint: string }[];
      };
      const zh = fill(one.title?.zh ?? `{title} ${own.title.zh}`) as string;
      const en = fill(one.title?.en ?? `{titleEn} ${own.title.en}`) as string;
      document.setIn(['title', 'zh'], nodeOf([...zh].slice(0, 100).join('')));
      document.setIn(['title', 'en'], nodeOf([...en].slice(0, 100).join('')));
      for (const path of one.drop ?? []) document.deleteIn(pathOf(path));
      const point = (at: (string | number)[], endpoint: string | undefined): void => {
        const to = endpoint === undefined ? undefined : renamed.get(endpoint);
        if (to !== undefined) document.setIn(at, new Scalar(to));
      };
      point(['source', 'endpoint'], own.source?.endpoint);
      for (const [i, target] of (own.targets ?? []).entries())
        point(['targets', i, 'endpoint'], target.endpoint);
      for (const [path, value] of Object.entries(one.set ?? {})) {
        const node = nodeOf(fill(value));
        if (node) document.setIn(pathOf(path), node);
        else document.deleteIn(pathOf(path));
      }
      return { code, kind, text: document.toString({ lineWidth: 0 }) };
    })
    .sort((a, b) => Number(b.kind === 'endpoint') - Number(a.kind === 'endpoint'));
}

const pathOf = (path: string): (string | number)[] =>
  path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));

/** `{name}` replaced; undefined where a name was not filled in. Other braces are text. */
function filled(value: unknown, names: Answers, known: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) {
    const items = value.map((one) => filled(one, names, known)).filter((one) => one !== undefined);
    return items.length > 0 || value.length === 0 ? items : undefined;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .map(([key, one]) => [key, filled(one, names, known)] as const)
      .filter(([, one]) => one !== undefined);
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  }
  if (typeof value !== 'string') return value;
  const whole = /^\{(\w+)\}$/.exec(value)?.[1];
  if (whole !== undefined && known.has(whole)) return names[whole];
  let missing = false;
  const text = value.replace(/\{(\w+)\}/g, (all, name: string) => {
    if (!known.has(name)) return all;
    missing ||= names[name] === undefined;
    return String(names[name] ?? '');
  });
  return missing ? undefined : text;
}

/** Text that would read as a number or a truth is quoted; both are written plain. */
function nodeOf(value: unknown): Node | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    for (const one of value) list.add(nodeOf(one));
    return list;
  }
  if (typeof value === 'object' && value !== null) {
    const map = new YAMLMap();
    for (const [key, one] of Object.entries(value)) map.set(new Scalar(key), nodeOf(one));
    return map;
  }
  const scalar = new Scalar(String(value));
  if (typeof value === 'string' && /^(true|false|null|~|-?\d[\d.]*|)$/.test(value))
    scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}
