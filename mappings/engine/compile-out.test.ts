import { describe, expect, test } from '@jest/globals';
import type { OutEnvironment } from '../../contracts/mapping/outcome.ts';
import type { SegmentEntry } from '../../contracts/mapping/shape.ts';
import type { Canonical } from '../../contracts/message/canonical.ts';
import { codeLookup } from './codes.ts';
import { compileMapping } from './compile.ts';
import { hl7v2 } from './hl7v2.binding.ts';

const environment: OutEnvironment = {
  controlId: 'C1',
  time: '2026-03-02T12:00:05+08:00',
  sendingApplication: 'A',
  sendingFacility: 'F',
};
const message: Canonical = {
  type: 'ResultReported',
  patient: {
    identifiers: [{ number: 'M1', authority: 'HIS', type: 'MR' }, { number: 'E2' }],
    name: '王|弢',
  },
  placerNumber: { number: 'R1' },
  fillerNumber: { number: 'F1' },
  code: 'X',
  status: 'final',
  observations: [
    { code: 'A', value: '1', kind: 'number' },
    { code: 'B', value: 'x', kind: 'text' },
    { code: 'C', value: '2', kind: 'number' },
  ],
};

function write(segments: SegmentEntry[], to: Canonical = message) {
  const mapping = compileMapping(
    {
      mapping: 'probe',
      title: { zh: '试', en: 'Probe' },
      direction: 'out',
      format: 'hl7v2',
      reads: 'ResultReported',
      segments,
    },
    codeLookup({ flag: { H: 'HIGH' } }),
    hl7v2,
  );
  const result = mapping.fromCanonical(to, environment);
  return 'text' in result ? result.text.split('\r').filter(Boolean) : result;
}

describe('writing', () => {
  test('positions, components, the environment, and values escaped', () => {
    expect(
      write([
        {
          segment: 'MSH',
          fields: { 'MSH-3': '$sendingApplication', 'MSH-10': '$controlId', 'MSH-12': '$version' },
        },
        {
          segment: 'PID',
          fields: { 'PID-5.1': 'patient.name', 'PID-3.4.2': { value: 'a&b' }, 'PID-8': 'patient.sex' },
        },
      ]),
    ).toEqual(['MSH|^~\\&|A|||||||C1', 'PID|||^^^&a\\T\\b||王\\F\\弢']);
  });

  test('a list fills repetitions, an object components, a position of the list can be named', () => {
    const identifiers = {
      each: 'patient.identifiers',
      map: { object: { '.1': '.number', '.4.1': '.authority' } },
    };
    expect(
      write([{ segment: 'PID', fields: { 'PID-3': identifiers, 'PID-2': 'patient.identifiers(2).number' } }]),
    ).toEqual(['PID||E2|M1^^^HIS~E2']);
  });

  test('each writes one segment for every item that the condition keeps, counted by its place in the list', () => {
    expect(
      write([
        {
          segment: 'OBX',
          each: 'observations',
          when: { path: '.kind', is: 'number' },
          fields: {
            'OBX-1': '$index',
            'OBX-3.1': '.code',
            'OBX-11': { from: 'status', do: [{ upper: true }] },
          },
        },
      ]),
    ).toEqual(['OBX|1||A||||||||FINAL', 'OBX|3||C||||||||FINAL']);
  });

  test('a problem names position, source and item, and no text leaves', () => {
    const [first, ...rest] = message.type === 'ResultReported' ? message.observations : [];
    const flagged = {
      ...message,
      observations: [
        { ...first, flag: 'H' },
        { ...rest[0], flag: '??' },
      ],
    } as Canonical;
    expect(
      write(
        [
          {
            segment: 'OBX',
            each: 'observations',
            fields: { 'OBX-8': { from: '.flag', do: [{ code: 'flag' }] } },
          },
        ],
        flagged,
      ),
    ).toEqual({
      problems: [
        {
          path: 'OBX-8',
          source: '.flag',
          group: 'OBX(2)',
          reason: 'is not in code table flag',
          miss: { table: 'flag', code: '??' },
        },
      ],
      misses: [],
    });
  });

  test('a message of another type is refused', () => {
    const other: Canonical = { type: 'PatientRegistered', patient: { identifiers: [{ number: '1' }] } };
    expect(write([{ segment: 'PID', fields: {} }], other)).toMatchObject({
      problems: [{ path: 'message', reason: 'is not ResultReported' }],
    });
  });
});
