import { describe, expect, test } from '@jest/globals';
import { readFrame } from '../intake/read.ts';
import { bookOf, frameOf, hl7, org, shippedText } from '../testing.ts';
import { goldenOf } from './golden.ts';
import { Rehearsals } from './rehearsal.ts';

const book = bookOf(
  shippedText('his'),
  shippedText('his-adt-in'),
  shippedText('hip'),
  shippedText('hip-orders-in'),
);
const his = book.endpoint(org, 'his')!;
const hip = book.endpoint(org, 'hip')!;
const here = { peer: '127.0.0.1:5000' };
const rehearse = (
  endpoint: typeof his,
  frame: ReturnType<typeof frameOf>,
  expected: Uint8Array | undefined,
) => {
  const rehearsals = new Rehearsals();
  if (expected) rehearsals.expect(endpoint.id, expected);
  return rehearsals.of(endpoint, frame, readFrame(endpoint, frame, book));
};

describe('[ARC-15] a sample of a self-test', () => {
  test('is kept in its end state, without key, lane, channel or digest, and marked', () => {
    const frame = frameOf(hl7(), here);
    const [arrival] = rehearse(his, frame, frame.bytes)!.arrivals;
    expect(arrival).toMatchObject({
      state: 'FILTERED',
      channel: undefined,
      digest: '',
      frame: { meta: { selfTest: 'true' } },
      read: { keys: [], lanes: [], identity: '' },
      answer: { code: 'AA', outcome: 'AA' },
    });
    expect(arrival!.answer.unwanted).toBeUndefined();
  });

  test('is known by line ends of another kind', () => {
    const text = hl7();
    const frame = frameOf(text, here);
    expect(rehearse(his, frame, Buffer.from(`${text.replaceAll('\r', '\n')}\n`))).toBeDefined();
  });

  test.each<[string, () => ReturnType<typeof rehearse>]>([
    ['nobody expects', () => rehearse(his, frameOf(hl7(), here), undefined)],
    [
      'differs in one character',
      () => rehearse(his, frameOf(hl7({ patient: '1' }), here), Buffer.from(hl7({ patient: '2' }))),
    ],
    [
      'another host sends',
      () =>
        rehearse(
          his,
          frameOf(hl7({ control: 'X' }), { peer: '10.0.0.1:5000' }),
          Buffer.from(hl7({ control: 'X' })),
        ),
    ],
    ['comes to another endpoint', () => rehearse(hip, frameOf(hl7({ control: 'Y' }), here), undefined)],
  ])('a message that %s is none: it is handled as ever', (_, run) => {
    expect(run()).toBeUndefined();
  });

  test('an expectation ends', () => {
    const rehearsals = new Rehearsals();
    const frame = frameOf(hl7(), here);
    const done = rehearsals.expect(his.id, frame.bytes);
    done();
    expect(rehearsals.of(his, frame, readFrame(his, frame, book))).toBeUndefined();
  });

  test('the sound one of a national pair is taken, the faulty one refused, as the endpoint answers', () => {
    const outcomes = goldenOf('hip-order')
      .filter(({ name }) => /-[tf]01-r2$/.test(name))
      .map(({ name, bytes, meta }) => {
        const frame = { ...frameOf(bytes, here), meta };
        const [arrival] = rehearse(hip, frame, bytes)!.arrivals;
        return [name, arrival!.answer.outcome, arrival!.state];
      });
    expect(outcomes).toEqual([
      ['OrderInfoAdd-f01-r2', 'AE', 'FILTERED'],
      ['OrderInfoAdd-t01-r2', 'AA', 'FILTERED'],
      ['OrderInfoUpdate-f01-r2', 'AE', 'FILTERED'],
      ['OrderInfoUpdate-t01-r2', 'AA', 'FILTERED'],
    ]);
  });
});
