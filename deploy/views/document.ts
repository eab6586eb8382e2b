import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { html, markdown } from './render.ts';
import { versions } from './versions.ts';

/** `node deploy/views/document.ts [--html] [--out <file>]`: the description of the views, from their definitions. */
const { values } = parseArgs({ options: { html: { type: 'boolean' }, out: { type: 'string' } } });
const text = values.html ? html(versions) : markdown(versions);
if (values.out === undefined) process.stdout.write(text);
else writeFileSync(values.out, text);
