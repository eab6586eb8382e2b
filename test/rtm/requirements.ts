import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Requirement {
  readonly id: string;
  /** ★ must, ▲ important, empty otherwise. */
  readonly mark: string;
  readonly text: string;
}

/** Every requirement under its stable ID. */
export const requirements = JSON.parse(
  readFileSync(join(import.meta.dirname, 'requirements.json'), 'utf8'),
) as Requirement[];

/** IDs in square brackets: `[PRO-3.1.1] orders are created` gives `PRO-3.1.1`; `[INT-01, INT-02]` gives both. */
export function titleIds(title: string): string[] {
  return [...title.matchAll(/\[([A-Z]{3}-[^\]]*)\]/g)].flatMap((m) => m[1]!.split(/\s*,\s*/));
}
