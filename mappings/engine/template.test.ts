import { describe, expect, test } from '@jest/globals';
import type { TemplateDef } from '../../contracts/channel/template.schema.ts';
import { answersOf, makeTexts, parseTemplate, secretOf } from './template.ts';

const text = `
template: small
group: other
title: { zh: 小, en: Small }
about: { zh: 说明, en: About }
fields:
  - { name: port, title: { zh: 端口, en: Port }, kind: number, required: true, minimum: 1, maximum: 65535, default: 2585 }
  - { name: code, title: { zh: 代码, en: Code }, kind: text, pattern: "^[a-z0-9]+$" }
  - { name: apiKey, title: { zh: 密钥, en: Key }, kind: secret }
  - { name: back, title: { zh: 回传, en: Back }, kind: yesno }
make:
  - from: there-in
    as: "{partner}-in"
  - from: there
    as: "{partner}"
    drop: [also]
    set:
      listen: { port: "{port}", name: "{code}", keys: ["{apiKey}"] }
      note: "{title} {code}"
      path: "/x/{id}"
  - from: there-in
    as: "{partner}-back"
    when: back
`;
const shipped: Record<string, string> = {
  there:
    '# kept\nendpoint: there\ntitle: { zh: 那里, en: There }\norg: HY\nread: { n: .1, time: "08:00" }\nalso: [1]\n',
  'there-in':
    'channel: there-in\ntitle: { zh: 来, en: In }\norg: HY\nsource: { endpoint: there }\ntargets:\n  - { endpoint: there, map: x }\n  - { endpoint: else }\n',
};
const parsed = parseTemplate(text);
const def = 'def' in parsed ? parsed.def : (undefined as unknown as TemplateDef);
const partner = { partner: 'wz', title: '王中', titleEn: 'Wang', org: 'IMC' };
const made = (values: Record<string, string>, who = partner) =>
  makeTexts(def, who, answersOf(def, who.partner, values).answers, (code) => shipped[code]);

describe('[ARC-15] a template', () => {
  test('makes texts under the partner’s name, endpoints first, and points channels at its own endpoint', () => {
    const texts = made({ code: '01' });
    expect(texts.map((t) => [t.kind, t.code])).toEqual([
      ['endpoint', 'wz'],
      ['channel', 'wz-in'],
    ]);
    expect(texts[1]!.text).toBe(
      'channel: wz-in\ntitle: { zh: 王中 来, en: Wang In }\norg: IMC\nsource: { endpoint: wz }\ntargets:\n  - { endpoint: wz, map: x }\n  - { endpoint: else }\n',
    );
  });

  test('keeps kinds, comments and what looks like a number and is text; leaves out what was not filled in', () => {
    expect(made({ code: '01', apiKey: 'given' })[0]!.text).toBe(
      '# kept\nendpoint: wz\ntitle: { zh: 王中 那里, en: Wang There }\norg: IMC\nread: { n: .1, time: "08:00" }\nlisten:\n  port: 2585\n  name: "01"\n  keys:\n    - $secret:wz-api-key\nnote: 王中 01\npath: /x/{id}\n',
    );
    const without = made({})[0]!.text;
    expect(without).toContain('listen:\n  port: 2585\npath');
    expect(without).not.toContain('note');
  });

  test('makes what a yes asks for', () => {
    expect(made({ back: 'true' }).map((t) => t.code)).toEqual(['wz', 'wz-in', 'wz-back']);
  });

  test('two partners of one template stand side by side', () => {
    const codes = ['wz', 'east-2'].flatMap((name) =>
      made({}, { ...partner, partner: name }).map((t) => t.code),
    );
    expect(new Set(codes).size).toBe(codes.length);
    expect(secretOf('east-2', 'apiKey')).toBe('east-2-api-key');
  });

  test.each([
    [{ port: '' }, 'port', 'missing'],
    [{ port: 'x' }, 'port', 'number'],
    [{ port: '0' }, 'port', 'small'],
    [{ port: '70000' }, 'port', 'large'],
    [{ code: 'A B' }, 'code', 'pattern'],
    [{ back: 'perhaps' }, 'back', 'choice'],
    [{ other: '1' }, 'other', 'unknown'],
    [{ port: '1e9' }, 'port', 'number'],
  ])('tells what is wrong with %j', (given, field, reason) => {
    expect(answersOf(def, 'wz', given as unknown as Record<string, string>).problems).toEqual([
      { field, reason },
    ]);
  });

  test('values never become YAML of their own', () => {
    const texts = made({ code: 'a' }, { ...partner, title: 'x }\norg: EVIL\n#' });
    expect(texts[0]!.text.match(/^org: /gm)).toHaveLength(1);
    expect(texts[0]!.text).toContain('org: IMC');
  });

  test.each([
    ['a condition on no field', text.replace('when: back', 'when: port'), 'no yes-or-no field'],
    ['a code made twice', text.replace('{partner}-back', '{partner}-in'), 'made twice'],
    ['a field asked twice', text.replace('name: code', 'name: port'), 'asked twice'],
    ['a choice without choices', text.replace('kind: secret', 'kind: choice'), 'choices'],
  ])('is refused with %s', (_, wrong, reason) => {
    const read = parseTemplate(wrong);
    expect('problems' in read && read.problems[0]?.reason).toContain(reason);
  });
});
