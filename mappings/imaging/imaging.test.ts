import { expect, test } from '@jest/globals';
import { profileOf } from '../../test/profile.ts';

const imaging = profileOf('imaging');
const map = 'imaging-stored';

test('the profile is accepted as it stands', () => {
  expect(imaging.profile.problems).toEqual([]);
  expect(imaging.ids()).toEqual([['imaging-forwarded-in', 'imaging-stored-in'], ['imaging-stored']]);
});

test.each([
  ['by-accession', ['O26-000001']],
  ['by-specimen', []],
  ['by-request', ['A20260302001']],
])('[INT-02] the header of an image becomes ImageStored: %s', (name, lanes) => {
  const [one] = imaging.read('imaging', imaging.sample(`${map}/${name}.json`));
  expect(imaging.canonical(map, one!.message)).toEqual(imaging.golden(`${map}/${name}.canonical.json`));
  expect(one).toMatchObject({ type: 'Image', lanes, controlId: '1.2.826.0.1.3680043.10.1.1.1' });
});

test('an image of no study is not mapped, and says why', () => {
  const [one] = imaging.read('imaging', imaging.sample(`${map}/refused.json`));
  expect({ problems: imaging.canonical(map, one!.message) }).toEqual(
    imaging.golden(`${map}/refused.canonical.json`),
  );
});
