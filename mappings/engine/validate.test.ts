import { describe, expect, test } from '@jest/globals';
import { codeLookup } from './codes.ts';
import { compileMapping, validateMapping } from './compile.ts';
import { hl7v2 } from './hl7v2.binding.ts';

const codes = codeLookup({ sex: { '1': 'M' } });
const title = { zh: '试', en: 'Probe' };
const base = { mapping: 'probe', title, direction: 'in', format: 'hl7v2' };
const identifiers = { each: 'PID-3', map: { object: { number: '.1' } } };
const patient = (fields: object) => ({
  ...base,
  messages: [{ type: 'PatientRegistered', fields: { patient: { object: { identifiers, ...fields } } } }],
});
const out = (fields: object, segment = 'ORC') => ({
  ...base,
  direction: 'out',
  reads: 'StatusChanged',
  segments: [{ segment, fields }],
});
const problemsOf = (doc: unknown) =>
  validateMapping(doc, hl7v2, codes).map(({ path, reason }) => `${path}: ${reason}`);
const inPatient = 'messages[0].fields.patient.object';

test('a sound mapping has no problems', () => {
  expect(problemsOf(patient({ name: 'PID-5' }))).toEqual([]);
  expect(problemsOf(out({ 'ORC-1': { value: 'SC' }, 'ORC-2.1': 'placerNumber.number' }))).toEqual([]);
});

describe('refused, with the place in the document', () => {
  test.each<[string, unknown, string]>([
    ['no document', undefined, '(document): must be of type object'],
    ['unknown key at the top', { ...patient({}), extra: 1 }, 'extra: unknown key "extra"'],
    ['missing id', { ...patient({}), mapping: undefined }, 'mapping: must be text; put it in quotes'],
    ['an id that is none', { ...patient({}), mapping: 'A b' }, 'mapping: must match ^[a-z]'],
    ['a format that is none', { ...patient({}), format: 'XML' }, 'format: must match'],
    ['no messages', { ...base, messages: [] }, 'messages: has no entries'],
    [
      'unknown message',
      { ...base, messages: [{ type: 'Nothing', fields: {} }] },
      'messages[0].type: must be one of PatientRegistered',
    ],
    [
      'unknown key of an entry',
      { ...base, messages: [{ type: 'PatientRegistered', fields: {}, where: 1 }] },
      'messages[0].where: unknown key "where"; known here: type, when, fields',
    ],
    [
      'type among the fields',
      { ...base, messages: [{ type: 'PatientRegistered', fields: { type: 'PID-1' } }] },
      'messages[0].fields.type: is set by the entry',
    ],
    [
      'required field without source',
      { ...base, messages: [{ type: 'PatientRegistered', fields: {} }] },
      'messages[0].fields: required canonical field "patient" has no source',
    ],
    [
      'required nested field without source',
      {
        ...base,
        messages: [{ type: 'PatientRegistered', fields: { patient: { object: { name: 'PID-5' } } } }],
      },
      `${inPatient}: required canonical field "identifiers" has no source`,
    ],
    [
      'unknown canonical field',
      patient({ nick: 'PID-9' }),
      `${inPatient}.nick: no canonical field "nick"; known here: identifiers, name`,
    ],
    ['bad path', patient({ name: 'PID5' }), `${inPatient}.name: "PID5" is not a path`],
    [
      'component outside a repetition',
      patient({ name: '.1' }),
      `${inPatient}.name: ".1" is read inside "each" of a field only`,
    ],
    [
      'each of a component',
      patient({ name: { each: 'PID-5.1', map: '.1', first: true } }),
      `${inPatient}.name.each: "PID-5.1" cannot be repeated`,
    ],
    [
      'each without map',
      patient({ name: { each: 'PID-5', first: true } }),
      `${inPatient}.name: "each" needs "map"`,
    ],
    [
      'a list for a single field',
      patient({ name: { each: 'PID-5', map: '.1' } }),
      `${inPatient}.name: patient.name is a single value (string), not a list`,
    ],
    [
      'a single value for a list',
      patient({ cleared: 'PID-5' }),
      `${inPatient}.cleared: patient.cleared is a list, and this source gives a single value`,
    ],
    [
      'an object for a single field',
      patient({ name: { object: { a: 'PID-5' } } }),
      `${inPatient}.name.object.a: patient.name is a single value (string), not an object`,
    ],
    [
      'unknown source',
      patient({ name: { form: 'PID-5' } }),
      `${inPatient}.name: not a source; it needs one of each, from`,
    ],
    [
      'unknown key of a source',
      patient({ name: { from: 'PID-5', steps: [] } }),
      `${inPatient}.name.steps: unknown key "steps"; known here: from, do, require`,
    ],
    ['a number as a source', patient({ name: 5 }), `${inPatient}.name: not a source; a source is a path`],
    [
      'unknown step',
      patient({ name: { from: 'PID-5', do: [{ shout: true }] } }),
      `${inPatient}.name.do[0]: not a step; known steps: code, date`,
    ],
    [
      'two steps in one',
      patient({ name: { from: 'PID-5', do: [{ trim: true, upper: true }] } }),
      `${inPatient}.name.do[0].upper: unknown key "upper"`,
    ],
    [
      'a step with a wrong argument',
      patient({ name: { from: 'PID-5', do: [{ max: 0 }] } }),
      `${inPatient}.name.do[0].max: must be at least 1`,
    ],
    [
      'a wrong regular expression',
      patient({ name: { from: 'PID-5', do: [{ match: '(' }] } }),
      `${inPatient}.name.do[0].match: is not a regular expression`,
    ],
    [
      'an unknown code table',
      patient({ name: { from: 'PID-5', do: [{ code: 'nope' }] } }),
      `${inPatient}.name.do[0].code: no code table named "nope"`,
    ],
    [
      'an empty require',
      patient({ name: { from: 'PID-5', require: '' } }),
      `${inPatient}.name.require: must be the reason`,
    ],
    [
      'cleared of an unknown field',
      patient({ cleared: { cleared: { nick: 'PID-9' } } }),
      `${inPatient}.cleared.cleared.nick: no canonical field "nick" beside patient.cleared`,
    ],
    [
      'a condition without a test',
      patient({ name: { when: { path: 'PID-8' }, use: 'PID-5' } }),
      `${inPatient}.name.when: a condition needs is, matches, present or cleared`,
    ],
    [
      'a condition on a number',
      patient({ name: { when: { path: 'PID-8', is: 1 }, use: 'PID-5' } }),
      `${inPatient}.name.when.is: must be text or a list of texts`,
    ],
    [
      'an empty all',
      patient({ name: { when: { all: [] }, use: 'PID-5' } }),
      `${inPatient}.name.when.all: must be a list of conditions`,
    ],
    [
      'a variable of the way out',
      patient({ name: '$controlId' }),
      `${inPatient}.name: no variable $controlId; known here: $index`,
    ],
    ['a group that is no segment', { ...patient({}), each: 'PID-3.1' }, 'each: "PID-3.1" cannot be repeated'],
    [
      'out: unknown canonical message',
      { ...out({}), reads: 'Nothing' },
      'reads: must be one of PatientRegistered',
    ],
    [
      'out: unknown canonical path',
      out({ 'ORC-2': 'placer' }),
      'segments[0].fields.ORC-2: the canonical message has no "placer" here',
    ],
    [
      'out: an object as a value',
      out({ 'ORC-2': 'placerNumber' }),
      'segments[0].fields.ORC-2: "placerNumber" is an object; name one of its fields',
    ],
    [
      'out: each of what is no list',
      { ...out({}), segments: [{ segment: 'OBX', each: 'patient', fields: {} }] },
      'segments[0].each: "patient" is not a list',
    ],
    [
      'out: position of another segment',
      out({ 'OBR-2': 'code' }),
      'segments[0].fields.OBR-2: "OBR-2" is not a position of ORC',
    ],
    [
      'out: a position that is none',
      out({ ORC: 'code' }),
      'segments[0].fields.ORC: "ORC" is not a position of ORC',
    ],
    [
      'out: the delimiters',
      out({ 'MSH-2': 'code' }, 'MSH'),
      'segments[0].fields.MSH-2: MSH-1 and MSH-2 are written by themselves',
    ],
    ['out: a bad segment name', out({}, 'orc'), 'segments[0].segment: must be a segment name such as ORC'],
    [
      'out: a component that is none',
      out({ 'ORC-2': { object: { x: 'code' } } }),
      'segments[0].fields.ORC-2.object.x: "ORC-2x" is not a position',
    ],
    [
      'out: an unknown variable',
      out({ 'ORC-2': '$now' }),
      'segments[0].fields.ORC-2: no variable $now; known here: $index, $controlId',
    ],
  ])('%s', (_, doc, expected) => {
    const found = problemsOf(doc);
    expect(found.some((problem) => problem.startsWith(expected)) || found).toBe(true);
  });
});

test('all problems of a document are found at once', () => {
  expect(problemsOf(patient({ name: 'PID5', sex: 'PID8', nick: 'PID-9' }))).toHaveLength(3);
});

test('compiling a mapping that is not sound throws a fault with the first problem and all of them', () => {
  const bad = patient({ name: 'PID5', sex: 'PID8' }) as never;
  try {
    compileMapping(bad, codes, hl7v2);
    throw new Error('compiled');
  } catch (error) {
    expect(error).toMatchObject({ code: 'channel.text.invalid', data: { problems: [{}, {}] } });
  }
});
