/** A number as it was written: `1.50` and 90071992547409931234 stay what they are. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Objects are maps: names keep their order, and `__proto__` is a name like any other. */
export type JsonObject = ReadonlyMap<string, Json>;
export type Json = string | boolean | null | JsonNumber | readonly Json[] | JsonObject;

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && 'get' in value;
export const isNumber = (value: Json | undefined): value is JsonNumber =>
  typeof value === 'object' && value !== null && 'text' in value;

/** A message with what its protocol said beside it. */
export interface JsonMessage {
  readonly root: Json;
  readonly meta: Readonly<Record<string, string>>;
}

/** Text of a value, on one line or indented by two blanks. */
export function stringify(value: Json, indented = false, margin = ''): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (isNumber(value)) return value.text;
  const inner = `${margin}  `;
  const colon = indented ? ': ' : ':';
  const parts = isList(value)
    ? value.map((item) => stringify(item, indented, inner))
    : [...value].map(([name, item]) => `${JSON.stringify(name)}${colon}${stringify(item, indented, inner)}`);
  const [open, close] = isList(value) ? '[]' : '{}';
  if (parts.length === 0) return `${open}${close}`;
  return indented
    ? `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${margin}${close}`
    : `${open}${parts.join(',')}${close}`;
}

/** A number without exponent where it has a sensible length: `1.2e3` is `1200`. */
export function plainNumber(text: string): string {
  const found = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,3})$/.exec(text);
  if (!found) return text;
  const [, sign = '', whole = '', fraction = '', power = '0'] = found;
  const point = whole.length + Number(power);
  if (Math.abs(Number(power)) > 60) return text;
  const digits = whole + fraction;
  const padded = point > 0 ? digits.padEnd(point, '0') : '0'.repeat(1 - point) + digits;
  const at = Math.max(point, 1);
  const left = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const right = padded.slice(at).replace(/0+$/, '');
  return sign + left + (right === '' ? '' : `.${right}`);
}
