import { describe, expect, test } from '@jest/globals';
import type { TemplateDef } from '../../../contracts/channel/template.schema.ts';
import { answersOf, makeTexts, secretOf } from '../../../mappings/engine/template.ts';
import { adapters } from '../adapters.generated.ts';
import { readShipped } from '../supervise/profile.ts';
import { bookOf } from '../testing.ts';
import { library } from './library.ts';
import { settingOf } from './secrets.ts';
import { readTogether } from './texts.ts';

const shipped = readShipped();
const hub = { book: bookOf(), channelRows: [], options: { adapters } as never, shipped };
const all = library().templates;

/** Every field filled in: with its default, else its example, else what its kind admits. */
const filled = (def: TemplateDef, yes: boolean): Record<string, string> =>
  Object.fromEntries(
    def.fields.map((f) => [
      f.name,
      f.kind === 'yesno'
        ? String(yes)
        : String(f.default ?? f.example ?? (f.kind === 'secret' ? 'x' : (f.choices?.[0]?.value ?? ''))),
    ]),
  );

describe('[ARC-15] every template', () => {
  test('there are templates for the partners of the tender', () => {
    const wanted = [
      'his-hl7',
      'hip',
      'his-view',
      'lis-hl7',
      'lis-file',
      'esign',
      'queue-call',
      'collection-line',
      'iot-mqtt',
    ];
    expect(wanted.filter((id) => !all.some((t) => t.template === id))).toEqual([]);
    expect(new Set(all.map((t) => t.template)).size).toBe(all.length);
  });

  describe.each(all.map((t) => [t.template, t] as const))('%s', (_, def) => {
    test.each([true, false])(
      'makes texts that pass every check, whether all is wanted or nothing (%s)',
      (yes) => {
        const values = filled(def, yes);
        const { answers, problems } = answersOf(def, 'partner-x', values);
        expect(problems).toEqual([]);
        const about = { partner: 'partner-x', title: '甲方', titleEn: 'Partner X', org: 'HY' };
        const texts = makeTexts(def, about, answers, (code) => library().text(code));
        const secrets = def.fields
          .filter((f) => f.kind === 'secret')
          .map((f) => [settingOf(secretOf('partner-x', f.name)), 'x'.repeat(32)]);
        const read = readTogether(hub, 'org-hy', texts, Object.fromEntries(secrets));
        expect(read.problems).toEqual([]);
        expect(read.made).toHaveLength(texts.length);
        expect(read.made.some((m) => m.read.kind === 'endpoint')).toBe(true);
        for (const { text } of texts) expect(text).not.toMatch(/\$(?!secret:)[a-z]\w*Port\b|org: HY\S/);
      },
    );

    test('asks for nothing that has no words in both languages, and takes no secret into a text', () => {
      for (const { title, help } of def.fields) {
        expect(title.zh).toMatch(/\S/);
        if (help) expect(help.zh).not.toBe(help.en);
      }
      for (const one of def.make) expect(library().text(one.from)).toBeDefined();
    });
  });
});
