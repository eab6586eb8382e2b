import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateDef } from '../../../contracts/channel/template.schema.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { parseTemplate } from '../../../mappings/engine/template.ts';

/** Templates and the texts they are made from, those of `optional` folders too. */
export interface Library {
  readonly templates: readonly TemplateDef[];
  text(code: string): string | undefined;
  /** Every shipped text of an endpoint or channel. */
  all(): string[];
}

const folder = join(import.meta.dirname, '../../../mappings');
let read: Library | undefined;

/** What is shipped, read once; a template that is not valid is refused with file and place. */
export function library(): Library {
  if (read) return read;
  const texts = new Map<string, string>();
  const templates: TemplateDef[] = [];
  for (const profile of readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory()))
    for (const inner of ['', 'optional']) {
      const at = join(folder, profile.name, inner);
      if (!existsSync(at)) continue;
      for (const file of readdirSync(at).sort()) {
        const code = /^(.+)\.(endpoint|channel)\.yaml$/.exec(file)?.[1];
        if (code) texts.set(code, readFileSync(join(at, file), 'utf8'));
        if (file.endsWith('.template.yaml')) templates.push(templateOf(at, file));
      }
    }
  read = {
    templates: templates.sort((a, b) => (a.template < b.template ? -1 : 1)),
    text: (code) => texts.get(code),
    all: () => [...texts.values()],
  };
  return read;
}

function templateOf(at: string, file: string): TemplateDef {
  const parsed = parseTemplate(readFileSync(join(at, file), 'utf8'));
  if ('problems' in parsed) {
    const [p] = parsed.problems;
    throw new Fault('channel.text.invalid', {
      problem: `${file} ${p?.line}:${p?.column} ${p?.path} ${p?.reason}`,
    });
  }
  if (`${parsed.def.template}.template.yaml` !== file)
    throw new Fault('channel.text.invalid', { problem: `${file} template: must be equal to the file name` });
  return parsed.def;
}
