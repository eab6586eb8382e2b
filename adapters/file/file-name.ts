import { numbered } from './names.ts';

/** Names that Windows keeps for devices. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** A value inside a name: letters and digits of any script, and what cannot lead anywhere. */
const plain = (value: string): string => value.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 80);

/**
 * A file name of a template: `{date}` 20260102, `{time}` 030405678, and whatever `values` has; others are left out. Never a path,
 * never hidden.
 */
export function fileName(template: string, values: Readonly<Record<string, string>>, now: number): string {
  const date = new Date(now);
  const two = (n: number, width = 2): string => String(n).padStart(width, '0');
  const all: Record<string, string> = {
    ...values,
    date: `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`,
    time: `${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}${two(date.getMilliseconds(), 3)}`,
  };
  const filled = template.replace(/\{(\w+)\}/g, (_, key: string) =>
    Object.hasOwn(all, key) ? plain(all[key]!) : '',
  );
  const safe = filled.replace(/[<>:"/\\|?*\u0000-\u001f]/g, '_').replace(/^[.\s]+|[.\s]+$/g, '');
  const name = numbered(safe === '' ? 'file' : safe, 1);
  return reserved.test(name) ? `_${name}` : name;
}
