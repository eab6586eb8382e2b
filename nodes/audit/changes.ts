import type { Registry } from '../../contracts/kernel/collect.ts';
import type { Text } from '../../contracts/kernel/text.ts';
import type { Entry } from './search.ts';

export interface Change {
  readonly field: string;
  readonly title: Text;
  readonly before: string | null;
  readonly after: string | null;
  readonly personal: boolean;
}

/** Values that the entry itself states already: who, when, where, which. */
const housekeeping = new Set(['id', 'orgId', 'version', 'createdAt', 'createdBy', 'updatedAt', 'updatedBy']);

/** A value as the column encryption writes it. */
const sealedText = /^\w+:[A-Za-z0-9+/]{36,}=*$/;

/** What an entry changed, field by field with the titles of its record. Personal data is named and never shown. */
export function changesOf(entry: Entry, registry: Registry): Change[] {
  const record = registry.records.get(entry.record);
  const [before, after] = [valuesOf(entry.before), valuesOf(entry.after)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !housekeeping.has(field) && (stated(before[field]) || stated(after[field])))
    .map((field) => {
      const known = record?.fields[field];
      const personal =
        known?.options.personal === true ||
        [before[field], after[field]].some((v) => sealedText.test(String(v)));
      const shown = (values: Record<string, unknown>): string | null => {
        const value = values[field];
        if (value === undefined || value === null) return null;
        return personal ? '•••' : typeof value === 'string' ? value : JSON.stringify(value);
      };
      return {
        field,
        title: known?.options.title ?? { zh: field, en: field },
        before: shown(before),
        after: shown(after),
        personal,
      };
    });
}

const stated = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

function valuesOf(text: string | null): Record<string, unknown> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { value };
  } catch {
    return { value: text };
  }
}
