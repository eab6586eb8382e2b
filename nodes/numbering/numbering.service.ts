import { numberingActions } from '../../contracts/numbering/numbering.actions.ts';
import { defineService, handle } from '../kit/service.ts';
import { issueHandlers } from './issue.ts';
import { readCode } from './read-code.ts';
import { ruleHandlers } from './rules.ts';
import { seedRules } from './shipped.ts';

/** Rules by which things are numbered, the numbers given out, and what a scanned code says. */
export const numberingService = defineService('numbering', () => ({
  handlers: [
    ...ruleHandlers,
    ...issueHandlers,
    handle(numberingActions.read, async ({ text, typed }) => ({
      structures: readCode(text, typed).map((s) => ({ ...s, parts: { ...s.parts } })),
    })),
  ],
  seed: seedRules,
}));
