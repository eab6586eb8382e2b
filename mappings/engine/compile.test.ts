import { describe, expect, test } from '@jest/globals';
import type { Source } from '../../contracts/mapping/shape.ts';
import { Hl7Message } from '../hl7v2/message.ts';
import { codeLookup } from './codes.ts';
import { compileMapping } from './compile.ts';
import { hl7v2 } from './hl7v2.binding.ts';

const codes = codeLookup({ sex: { '1': 'M', F: 'F' }, soft: { a: 'b' } }, { soft: 'z' });
const head = 'MSH|^~\\&|HIS|HY|||20260302081530||ADT^A08|1|P|2.5';
const messageOf = (...segments: string[]) => Hl7Message.parse([head, ...segments].join('\r'));

/** Maps the segments to a PatientRegistered whose patient has the given fields besides an identifier. */
function run(patient: Record<string, Source>, ...segments: string[]) {
  const mapping = compileMapping(
    {
      mapping: 'probe',
      title: { zh: '试', en: 'Probe' },
      direction: 'in',
      format: 'hl7v2',
      messages: [
        {
          type: 'PatientRegistered',
          fields: {
            patient: {
              object: { identifiers: { list: [{ object: { number: { value: 'X' } } }] }, ...patient },
            },
          },
        },
      ],
    },
    codes,
    hl7v2,
  );
  return mapping.toCanonical(messageOf(...segments));
}

function patientOf(patient: Record<string, Source>, ...segments: string[]) {
  const result = run(patient, ...segments);
  if (!('messages' in result)) return result;
  const [first] = result.messages;
  const { identifiers: _, ...rest } =
    first?.type === 'PatientRegistered' ? first.patient : { identifiers: [] };
  return rest;
}

const name = (source: Source, ...segments: string[]) => patientOf({ name: source }, ...segments);

describe('steps', () => {
  test.each<[string, Source, string, unknown]>([
    ['trim', { from: 'PID-5', do: [{ trim: true }] }, 'PID|||||  张三 ', '张三'],
    ['trim to nothing is absent', { from: 'PID-5', do: [{ trim: true }] }, 'PID|||||   ', undefined],
    ['upper', { from: 'PID-5', do: [{ upper: true }] }, 'PID|||||abc', 'ABC'],
    ['lower', { from: 'PID-5', do: [{ lower: true }] }, 'PID|||||ABC', 'abc'],
    ['max counts characters, not halves', { from: 'PID-5', do: [{ max: 2 }] }, 'PID|||||𠮷𡈽生', '𠮷𡈽'],
    ['split and take', { from: 'PID-5', do: [{ split: '-', take: 1 }] }, 'PID|||||a-b-c', 'b'],
    [
      'split beyond the end is absent',
      { from: 'PID-5', do: [{ split: '-', take: 9 }] },
      'PID|||||a-b',
      undefined,
    ],
    ['match gives the first group', { from: 'PID-5', do: [{ match: '^(\\d+)床$' }] }, 'PID|||||12床', '12'],
    [
      'match gives the whole without groups',
      { from: 'PID-5', do: [{ match: '\\d+' }] },
      'PID|||||a12b',
      '12',
    ],
    ['no match is absent', { from: 'PID-5', do: [{ match: '\\d+' }] }, 'PID|||||ab', undefined],
    ['default fills absent', { from: 'PID-5', do: [{ default: '无名' }] }, 'PID|1', '无名'],
    ['default leaves null alone', { from: 'PID-5', do: [{ default: '无名' }] }, 'PID|||||""', undefined],
    ['prefix', { from: 'PID-5', do: [{ prefix: '患者' }] }, 'PID|||||甲', '患者甲'],
    ['prefix of nothing is nothing', { from: 'PID-5', do: [{ prefix: '患者' }] }, 'PID|1', undefined],
    [
      'join leaves absent parts out',
      { list: ['PID-5.1', 'PID-5.2', 'PID-5.3'], do: [{ join: '-' }] },
      'PID|||||a^^c',
      'a-c',
    ],
    ['join of nothing is absent', { list: ['PID-5.1', 'PID-5.2'], do: [{ join: '-' }] }, 'PID|1', undefined],
    [
      'steps run in their order',
      { from: 'PID-5', do: [{ trim: true }, { max: 2 }, { upper: true }] },
      'PID||||| abc',
      'AB',
    ],
    [
      'steps work on each item of a list',
      { list: ['PID-5.1', 'PID-5.2'], do: [{ upper: true }, { join: '' }] },
      'PID|||||a^b',
      'AB',
    ],
  ])('%s', (_, source, segment, expected) => {
    expect(name(source, segment)).toEqual(expected === undefined ? {} : { name: expected });
  });

  test('date reads a day of any precision and a time with the offset of the header or the mapping', () => {
    const day: Source = { from: 'PID-7', do: [{ date: 'day' }] };
    expect(patientOf({ birthDate: day }, 'PID|||||||198002')).toEqual({ birthDate: '1980-02' });
    expect(patientOf({ birthDate: day }, 'PID|||||||19800203101500')).toEqual({ birthDate: '1980-02-03' });
    expect(name({ from: 'PID-5', do: [{ date: 'time' }] }, 'PID|||||20260302')).toEqual({
      name: '2026-03-02T00:00:00+08:00',
    });
  });

  test('a date that is none is a problem that names place and source, never the value', () => {
    expect(patientOf({ birthDate: { from: 'PID-7', do: [{ date: 'day' }] } }, 'PID|||||||19801399')).toEqual({
      problems: [{ path: 'patient.birthDate', source: 'PID-7', reason: 'is not a date' }],
      misses: [],
    });
  });
});

describe('code tables', () => {
  test('match exactly', () => {
    expect(patientOf({ sex: { from: 'PID-8', do: [{ code: 'sex' }] } }, 'PID||||||||1')).toEqual({
      sex: 'M',
    });
  });

  test('a miss names table and code, and the other problems are found too', () => {
    const result = run(
      { sex: { from: 'PID-8', do: [{ code: 'sex' }] }, birthDate: { from: 'PID-7', do: [{ date: 'day' }] } },
      'PID|||||||x|constructor',
    );
    expect('problems' in result && result.problems).toEqual([
      {
        path: 'patient.sex',
        source: 'PID-8',
        reason: 'is not in code table sex',
        miss: { table: 'sex', code: 'constructor' },
      },
      { path: 'patient.birthDate', source: 'PID-7', reason: 'is not a date' },
    ]);
  });

  test('with "or" the message passes and the miss is reported beside it', () => {
    const result = run({ sex: { from: 'PID-8', do: [{ code: 'sex', or: 'U' }] } }, 'PID||||||||f');
    expect(result.misses).toEqual([{ table: 'sex', code: 'f' }]);
    expect('messages' in result).toBe(true);
  });

  test('a table may bring its own value for unknown codes', () => {
    const result = run({ name: { from: 'PID-5', do: [{ code: 'soft' }] } }, 'PID|||||q');
    expect(result).toMatchObject({
      messages: [{ patient: { name: 'z' } }],
      misses: [{ table: 'soft', code: 'q' }],
    });
  });
});

describe('sources', () => {
  test('the first path with a value is taken, null gives way to a value', () => {
    expect(name({ from: ['PID-9', 'PID-5'] }, 'PID|||||甲')).toEqual({ name: '甲' });
    expect(name({ from: ['PID-9', 'PID-5'] }, 'PID|||||甲||||""')).toEqual({ name: '甲' });
  });

  test('when, use, else', () => {
    const source: Source = { when: { path: 'PID-8', is: ['1'] }, use: { value: '男' }, else: 'PID-5' };
    expect(name(source, 'PID|||||甲|||1')).toEqual({ name: '男' });
    expect(name(source, 'PID|||||甲|||2')).toEqual({ name: '甲' });
  });

  test.each<[string, Source, unknown]>([
    ['is', { when: { path: 'PID-8', is: '1' }, use: { value: 'y' } }, 'y'],
    ['matches', { when: { path: 'PID-5', matches: '^[甲乙]$' }, use: { value: 'y' } }, 'y'],
    ['present', { when: { path: 'PID-5', present: true }, use: { value: 'y' } }, 'y'],
    ['absent', { when: { path: 'PID-6', present: false }, use: { value: 'y' } }, 'y'],
    ['null is not present', { when: { path: 'PID-7', present: true }, use: { value: 'y' } }, undefined],
    ['cleared', { when: { path: 'PID-7', cleared: true }, use: { value: 'y' } }, 'y'],
    [
      'all',
      {
        when: {
          all: [
            { path: 'PID-8', is: '1' },
            { path: 'PID-5', is: '乙' },
          ],
        },
        use: { value: 'y' },
      },
      undefined,
    ],
    [
      'any',
      {
        when: {
          any: [
            { path: 'PID-8', is: '9' },
            { path: 'PID-5', is: '甲' },
          ],
        },
        use: { value: 'y' },
      },
      'y',
    ],
    ['not', { when: { not: { path: 'PID-8', is: '9' } }, use: { value: 'y' } }, 'y'],
    [
      'two tests on a path must both hold',
      { when: { path: 'PID-5', present: true, is: '乙' }, use: { value: 'y' } },
      undefined,
    ],
  ])('condition %s', (_, source, expected) => {
    expect(name(source, 'PID|||||甲||""|1')).toEqual(expected === undefined ? {} : { name: expected });
  });

  test('each walks repetitions, where picks, unique drops equals, $index counts', () => {
    const segment = 'PID|||A^^^HIS~~B^^^EMPI~A^^^HIS~C';
    const all = (extra: object): Source => ({ each: 'PID-3', map: '.1', ...extra, do: [{ join: ',' }] });
    expect(name(all({}), segment)).toEqual({ name: 'A,B,A,C' });
    expect(name(all({ unique: true }), segment)).toEqual({ name: 'A,B,C' });
    expect(name(all({ where: { path: '.4', present: true } }), segment)).toEqual({ name: 'A,B,A' });
    expect(name({ each: 'PID-3', map: '.4', first: true, where: { path: '.1', is: 'B' } }, segment)).toEqual({
      name: 'EMPI',
    });
    expect(name({ each: 'PID-3', map: '$index', do: [{ join: ',' }] }, segment)).toEqual({
      name: '1,2,3,4,5',
    });
  });

  test('each walks segment groups, and a field of the message is still in reach', () => {
    const source: Source = {
      each: 'NTE',
      map: { list: ['PID-8', 'NTE-3'], do: [{ join: ':' }] },
      do: [{ join: ' ' }],
    };
    expect(name(source, 'PID||||||||1', 'NTE|1||a', 'NTE|2||b')).toEqual({ name: '1:a 1:b' });
    expect(name({ each: 'NTE', map: 'NTE-3', do: [{ join: '/' }] }, 'PID|1', 'NTE|1||a', 'NTE|2||b')).toEqual(
      {
        name: 'a/b',
      },
    );
  });

  test('absent, null and value are kept apart: cleared lists what the sender cleared', () => {
    const source = { name: 'PID-5', cleared: { cleared: { name: 'PID-5', sex: 'PID-8', phone: 'PID-13' } } };
    expect(patientOf(source, 'PID|||||""|||""')).toEqual({ cleared: ['name', 'sex'] });
    expect(patientOf(source, 'PID|||||甲')).toEqual({ name: '甲' });
  });

  test('require gives its reason, once', () => {
    const source: Source = { from: 'PID-5', do: [{ code: 'sex' }], require: 'no name' };
    expect(name(source, 'PID|1')).toMatchObject({
      problems: [{ path: 'patient.name', source: 'PID-5', reason: 'no name' }],
    });
    expect(name(source, 'PID|||||?')).toMatchObject({ problems: [{ reason: 'is not in code table sex' }] });
  });

  test('a result against the canonical schema is a problem with the source behind it', () => {
    expect(name('PID-5', `PID|||||${'长'.repeat(101)}`)).toEqual({
      problems: [{ path: 'patient.name', source: 'PID-5', reason: 'is longer than 100 characters' }],
      misses: [],
    });
  });
});

describe('groups', () => {
  const mapping = compileMapping(
    {
      mapping: 'groups',
      title: { zh: '组', en: 'Groups' },
      direction: 'in',
      format: 'hl7v2',
      each: 'ORC',
      refuse: [{ when: { path: 'ORC-2', is: 'bad' }, reason: 'a bad number' }],
      messages: [
        {
          type: 'OrderCancelled',
          when: { path: 'ORC-1', is: ['CA'] },
          fields: {
            patient: { object: { identifiers: { each: 'PID-3', map: { object: { number: '.1' } } } } },
            placerNumber: { object: { number: 'ORC-2' }, require: 'no number' },
            reason: 'OBR-4',
          },
        },
      ],
    },
    codes,
    hl7v2,
  );
  const to = (...segments: string[]) => mapping.toCanonical(messageOf(...segments));

  test('a group never reads the segments of another group', () => {
    expect(to('PID|||P', 'ORC|CA|1', 'OBR||||x', 'ORC|CA|2')).toMatchObject({
      messages: [{ placerNumber: { number: '1' }, reason: 'x' }, { placerNumber: { number: '2' } }],
    });
    const result = to('PID|||P', 'ORC|CA|1', 'OBR||||x', 'ORC|CA|2');
    expect('messages' in result && result.messages[1]).not.toHaveProperty('reason');
  });

  test('with several patients each group has its own patient', () => {
    expect(to('PID|||P1', 'ORC|CA|1', 'PID|||P2', 'ORC|CA|2')).toMatchObject({
      messages: [
        { patient: { identifiers: [{ number: 'P1' }] }, placerNumber: { number: '1' } },
        { patient: { identifiers: [{ number: 'P2' }] }, placerNumber: { number: '2' } },
      ],
    });
  });

  test('a group that stands before the first of several patients is refused, not guessed', () => {
    expect(to('ORC|CA|1', 'PID|||P1', 'ORC|CA|2', 'PID|||P2')).toMatchObject({
      problems: [{ path: 'message', source: 'ORC' }],
    });
  });

  test('a message without a group is refused', () => {
    expect(to('PID|||P')).toMatchObject({ problems: [{ reason: 'the message has no ORC' }] });
  });

  test('a group that no entry wants refuses the whole message and says which group and what decided', () => {
    expect(to('PID|||P', 'ORC|CA|1', 'ORC|ZZ|2')).toEqual({
      problems: [
        { path: 'message', source: 'ORC-1', group: 'ORC(2)', reason: 'no entry of the mapping applies' },
      ],
      misses: [],
    });
  });

  test('problems of all groups are collected', () => {
    const result = to('PID|||P', 'ORC|CA', 'ORC|CA|bad', 'ORC|CA');
    expect('problems' in result && result.problems.map(({ group, reason }) => [group, reason])).toEqual([
      ['ORC(1)', 'no number'],
      ['ORC(2)', 'a bad number'],
      ['ORC(3)', 'no number'],
    ]);
  });
});
