import { describe, expect, test } from '@jest/globals';
import type { OutMapping, SegmentEntry } from '../../contracts/mapping/shape.ts';
import type { Canonical } from '../../contracts/message/canonical.ts';
import { codeLookup } from '../engine/codes.ts';
import { compileMapping, validateMapping } from '../engine/compile.ts';
import { format } from './format.ts';

const mapping = (segments: SegmentEntry[]): OutMapping => ({
  mapping: 'out',
  title: { zh: '出', en: 'Out' },
  direction: 'out',
  format: 'xml',
  reads: 'StatusChanged',
  segments,
});
const message = {
  type: 'StatusChanged',
  patient: {
    identifiers: [
      { number: 'M1', authority: 'HIS' },
      { number: 'M"2', authority: 'EMPI' },
    ],
    name: '赵 & <明>',
  },
  placerNumber: { number: 'R1' },
  fillerNumber: { number: 'O1' },
  code: 'NK-P',
  status: 'ACCEPTED',
} as Canonical;
const environment = {
  controlId: 'C1',
  time: '2026-03-02T12:00:05+08:00',
  sendingApplication: 'CM',
  sendingFacility: 'LAB',
};
const write = (segments: SegmentEntry[]) => {
  const result = compileMapping(mapping(segments), codeLookup({}), format).fromCanonical(
    message,
    environment,
  );
  return 'text' in result ? result.text : result.problems;
};

describe('[INT-02] XML written by a mapping', () => {
  test('elements in the order they are named, attributes, constants, default namespaces, xsi:type, repetitions', () => {
    const text = write([
      {
        segment: '{urn:x}Status',
        fields: {
          '@version': { value: '1' },
          'id@extension': '$controlId',
          'receiver[@typeCode="RCV"]/device[@classCode="DEV"]/id/item@extension': '$sendingApplication',
          'name[@xsi:type="BAG_EN"]/item/part@value': 'patient.name',
          'patient/id/item': {
            each: 'patient.identifiers',
            map: { object: { '@root': '.authority', '@extension': '.number' } },
          },
          'patient/id/item[@root="visit"]@extension': 'reason',
          note: 'patient.name',
          'absent/deep@x': 'changedBy',
          '{urn:y}other/inner': { value: 'y' },
          'empty@code': { value: '' },
        },
      },
      { segment: 'body/act', each: 'patient.identifiers', fields: { '@n': '$index', number: '.number' } },
      { segment: 'body/last[@a="b"]', when: { path: 'code', is: 'NK-P' }, fields: { '.': 'code' } },
      { segment: 'body/never', when: { path: 'code', is: 'X' }, fields: { '.': 'code' } },
    ]);
    expect(text).toBe(
      '<Status xmlns="urn:x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="1">' +
        '<id extension="C1"/>' +
        '<receiver typeCode="RCV"><device classCode="DEV"><id><item extension="CM"/></id></device></receiver>' +
        '<name xsi:type="BAG_EN"><item><part value="赵 &amp; &lt;明&gt;"/></item></name>' +
        '<patient><id><item root="HIS" extension="M1"/><item root="EMPI" extension="M&quot;2"/></id></patient>' +
        '<note>赵 &amp; &lt;明&gt;</note>' +
        '<other xmlns="urn:y"><inner>y</inner></other>' +
        '<empty code=""/>' +
        '<body><act n="1"><number>M1</number></act><act n="2"><number>M"2</number></act><last a="b">NK-P</last></body>' +
        '</Status>',
    );
    const read = format.parse(Buffer.from(text as string), { charset: 'UTF-8', meta: {} }, undefined);
    const back = (path: string) => {
      const compiled = format.source.value(path);
      return 'get' in compiled ? compiled.get(format.source.open(read)) : compiled.bad;
    };
    expect(back('patient/id/item[@root="EMPI"]@extension')).toBe('M"2');
    expect(back('name/item/part@value')).toBe('赵 & <明>');
  });

  test('a document inside the document, in base64', () => {
    const text = write([
      { segment: 'Outer', fields: { 'a@b': { value: '' }, 'c@d': { value: '1' } } },
      { segment: 'inner(base64, a@b)/{urn:in}Inner', fields: { 'id@root': '$controlId' } },
      { segment: 'inner/part', each: 'patient.identifiers', fields: { '.': '.number' } },
      { segment: 'e', fields: { '.': { value: 'after' } } },
    ]) as string;
    const inner = /a b="([^"]+)"/.exec(text)?.[1] ?? '';
    expect(text).toBe(`<Outer><a b="${inner}"/><c d="1"/><e>after</e></Outer>`);
    expect(Buffer.from(inner, 'base64').toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Inner xmlns="urn:in"><id root="C1"/><part>M1</part><part>M"2</part></Inner>',
    );
  });

  test('what XML cannot carry is left out of a value, never the message broken', () => {
    const odd = { ...message, reason: 'a\u0000b\u000bc\ud800d\r\ne' } as Canonical;
    const compiled = compileMapping(
      mapping([{ segment: 'A', fields: { '@r': 'reason', t: 'reason' } }]),
      codeLookup({}),
      format,
    );
    const result = compiled.fromCanonical(odd, environment);
    expect('text' in result && result.text).toBe(
      '<A r="a b c\ufffdd&#13;&#10;e"><t>a b c\ufffdd&#13;\ne</t></A>',
    );
  });

  test.each([
    ['../a', 'cannot be written'],
    ['/a', 'cannot be written'],
    ['*/a', 'cannot be written'],
    ['a[b="c"]', 'cannot be written'],
    ['a[@b!="c"]', 'cannot be written'],
    ['a@xmlns', 'a namespace is written before the name'],
    ['a@q:b', 'only attributes without a namespace'],
    ['a//b', 'is not a path'],
  ])('%s is refused as a position', (key, reason) => {
    const problems = validateMapping(mapping([{ segment: 'A', fields: { [key]: 'code' } }]), format);
    expect(problems.map((p) => p.reason).join()).toContain(reason);
  });

  test('segments that name no element are refused', () => {
    for (const segment of ['a@b', '.', 'inner(base64, a//b)/X', 'inner/', 'inner(base64, a@b)/', 'a b'])
      expect(validateMapping(mapping([{ segment, fields: {} }]), format)).not.toEqual([]);
  });
});
