import { expect, test } from '@jest/globals';
import type { Patient } from '../../contracts/message/canonical.parts.ts';
import { isSomebodyElse } from './same-patient.ts';

const donor: Patient = {
  identifiers: [
    { number: 'P1', authority: 'HIS', type: 'MR' },
    { number: 'P0', authority: 'HIS', type: 'MR' }, // from a merge
  ],
  name: '张三',
  birthDate: '1980-01-02',
  idNumber: '11010119800102001X',
};
const named = (...identifiers: Patient['identifiers']): Patient => ({ identifiers });

test.each<[string, Patient, boolean]>([
  ['the same number', named({ number: 'P1', authority: 'HIS' }), false],
  ['a number from before a merge', named({ number: 'P0', authority: 'HIS' }), false],
  ['another number of the same authority', named({ number: 'P2', authority: 'HIS' }), true],
  ['a number of an authority we know nothing of', named({ number: 'X9', authority: 'LIS' }), false],
  ['our number without authority', named({ number: ' p1 ' }), false],
  ['a foreign number without authority', named({ number: 'L-7' }), true],
  [
    'a foreign number without authority, of the same person',
    { ...named({ number: 'L-7' }), name: '张三', birthDate: '1980-01-02' },
    false,
  ],
  [
    'the same name with another birthday',
    { ...named({ number: 'L-7' }), name: '张三', birthDate: '1981-01-02' },
    true,
  ],
  [
    'the right number with another national id',
    { ...named({ number: 'P1', authority: 'HIS' }), idNumber: '110101199001020017' },
    true,
  ],
  ['the national id in lower case', { ...named({ number: 'L-7' }), idNumber: '11010119800102001x' }, false],
  [
    'one number that fits and one of the same authority that does not',
    named({ number: 'P1', authority: 'HIS' }, { number: 'P2', authority: 'HIS' }),
    false,
  ],
])('%s', (_title, patient, other) => {
  expect(isSomebodyElse(patient, donor)).toBe(other);
});
