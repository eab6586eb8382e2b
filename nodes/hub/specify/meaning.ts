import type { TSchema } from 'typebox';
import type { Text } from '../../../contracts/kernel/text.ts';
import { canonical } from '../../../contracts/message/canonical.ts';

/** What a field of a canonical message is: its words, its type, whether it must be there. */
export interface Meaning {
  readonly words: Text;
  readonly type: Text;
  readonly required: boolean;
  readonly values: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** `中文 · English` of a description. */
export function bothOf(description: string): Text {
  const [zh = '', ...en] = description.split(' · ');
  return { zh, en: en.join(' · ') || zh };
}

/** Groups that the canonical messages give no words of their own. */
const parts: Readonly<Record<string, Text>> = {
  placerNumber: { zh: '申请单号', en: 'Placer number' },
  fillerNumber: { zh: '执行单号', en: 'Filler number' },
  order: { zh: '医嘱', en: 'Order' },
  patient: { zh: '患者', en: 'Patient' },
  visit: { zh: '就诊', en: 'Visit' },
};

/** The field of a canonical message at `patient.identifiers.number`; undefined where there is none. */
export function meaningOf(message: string, path: string): Meaning | undefined {
  let schema = (canonical as unknown as Record<string, TSchema>)[message] as Json | undefined;
  let required = true;
  const words: Text[] = [];
  for (const part of path.split('.').filter((p) => p !== '')) {
    const name = part.replace(/\(\d+\)$/, '');
    const inner = objectIn(schema);
    const next = (inner?.properties as Record<string, Json> | undefined)?.[name];
    if (!next) return undefined;
    required &&= ((inner?.required as string[] | undefined) ?? []).includes(name);
    words.push(
      typeof next.description === 'string'
        ? bothOf(next.description)
        : (parts[name] ?? { zh: name, en: name }),
    );
    schema = next;
  }
  if (!schema || words.length === 0) return undefined;
  // A number is said together with whose number it is.
  const [last, before] = [words.at(-1)!, words.at(-2)];
  const whole =
    before && /^(number|authority|type)$/.test(path.split('.').at(-1)!)
      ? { zh: `${before.zh} ${last.zh}`, en: `${before.en}: ${last.en}` }
      : last;
  return { words: whole, type: typeOf(schema), required, values: valuesOf(schema) };
}

/** The object a schema is, or a list of. */
function objectIn(schema: Json | undefined): Json | undefined {
  if (!schema) return undefined;
  if (schema.properties) return schema;
  if (schema.items) return objectIn(schema.items as Json);
  return ((schema.anyOf as Json[] | undefined) ?? []).map(objectIn).find((one) => one !== undefined);
}

function valuesOf(schema: Json): string[] {
  if (Array.isArray(schema.enum)) return schema.enum.map(String);
  if (schema.const !== undefined) return [String(schema.const)];
  return ((schema.anyOf as Json[] | undefined) ?? []).flatMap(valuesOf);
}

function typeOf(schema: Json): Text {
  if (schema.type === 'number') return { zh: '数值', en: 'decimal' };
  if (schema.type === 'integer') return { zh: '整数', en: 'integer' };
  if (schema.type === 'boolean') return { zh: '是非', en: 'yes or no' };
  if (valuesOf(schema).length > 0) return { zh: '代码', en: 'code' };
  const max = Number(schema.maxLength);
  return max ? { zh: `文本，至多 ${max} 字`, en: `text, up to ${max}` } : { zh: '文本', en: 'text' };
}
