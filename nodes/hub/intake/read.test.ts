import { describe, expect, test } from '@jest/globals';
import { bookOf, channelText, endpointText, frameOf, type Given, hl7, org, shippedText } from '../testing.ts';
import { laterReply, readFrame } from './read.ts';

const his = (more: readonly string[] = []) => [
  'listen: { port: 1 }',
  ...(more.some((l) => l.startsWith('ack:')) ? [] : ['ack: { mode: auto, trigger: true, unrouted: accept }']),
  ...more,
];
const bookWith = (...more: string[]) =>
  bookOf(
    endpointText('his', his(more)),
    channelText('adt', 'his', 'ADT^A01, ADT^A08, ADT^A40', ['map: his-adt', 'calls: [donor.receive]']),
  );
const read = (text: string | Uint8Array, more: string[] = [], frame = {}) => {
  const book = bookWith(...more);
  return readFrame(book.endpoint(org, 'his')!, frameOf(text, frame), book);
};
const replyOf = (reading: ReturnType<typeof readFrame>, answers = reading.arrivals.map((a) => a.answer)) => {
  const bytes = reading.reply(answers, Date.UTC(2026, 2, 2));
  return bytes && Buffer.from(bytes).toString('utf8');
};

describe('[INT-01] a frame as it came', () => {
  test('a message with a channel waits for its turn, keyed and acknowledged', () => {
    const reading = read(hl7({ control: 'M1', patient: 'P7' }));
    expect(reading.arrivals).toHaveLength(1);
    expect(reading.arrivals[0]).toMatchObject({
      state: 'RECEIVED',
      read: { type: 'ADT^A08', controlId: 'M1', lanes: ['P7'] },
      ackCode: 'AA',
      fault: undefined,
      channel: { code: 'adt' },
    });
    expect(reading.arrivals[0]!.read.keys).toEqual(
      expect.arrayContaining([
        { kind: 'control', value: 'M1' },
        { kind: 'patient', value: 'P7' },
      ]),
    );
    expect(replyOf(reading)).toContain('\rMSA|AA|M1');
  });

  test('one that no channel takes is kept and answered by the policy of the endpoint', () => {
    const accepted = read(hl7({ type: 'DFT^P03', control: 'M2' }));
    expect(accepted.arrivals[0]).toMatchObject({ state: 'FILTERED', ackCode: 'AA', channel: undefined });
    const rejected = read(hl7({ type: 'DFT^P03', control: 'M2' }), ['ack: { mode: auto, unrouted: reject }']);
    expect(rejected.arrivals[0]).toMatchObject({ state: 'FILTERED', ackCode: 'AR' });
    expect(replyOf(rejected)).toMatch(/\rMSA\|AR\|M2[\s\S]*\rERR\|/);
  });

  test('an endpoint that answers nothing answers nothing, also to what it refuses', () => {
    const none = ['ack: { mode: none, unrouted: accept }'];
    for (const text of [hl7(), 'rubbish', hl7({ type: 'X' })])
      expect(replyOf(read(text, none))).toBeUndefined();
  });

  for (const [what, text, code] of [
    ['without MSH', 'PID|1||1\r', 'AR'],
    ['with no type', hl7({ type: '' }), undefined],
    ['with no control id', hl7({ control: '' }), undefined],
    ['empty', '', 'AR'],
    ['of other bytes', Buffer.from([0xff, 0xfe, 0x00]), 'AR'],
  ] as const)
    test(`one ${what} is refused, kept and answered negatively`, () => {
      const reading = read(text as string);
      const [arrival] = reading.arrivals;
      expect(arrival).toMatchObject({ state: 'REFUSED', read: { lanes: [] }, channel: undefined });
      expect(arrival!.fault?.kind).toBe('rejected');
      expect(arrival!.read.bytes).toEqual(Buffer.from(text as string));
      expect(['AE', 'AR']).toContain(arrival!.ackCode);
      if (code) expect(arrival!.ackCode).toBe(code);
      expect(replyOf(reading)).toContain(`\rMSA|${arrival!.ackCode}|`);
    });

  test('a frame that broke on the wire is refused with what broke', () => {
    const reading = read(hl7({ control: 'M3' }), [], {
      broken: { code: 'hub.frame.broken', reason: 'no end' },
    });
    expect(reading.arrivals[0]).toMatchObject({ state: 'REFUSED', read: { controlId: 'M3' }, ackCode: 'AR' });
    expect(reading.arrivals[0]!.fault).toMatchObject({
      code: 'hub.frame.broken',
      data: { reason: 'no end' },
    });
    expect(replyOf(reading)).toContain('MSA|AR|M3');
  });

  test('bytes that are not in the charset are refused, never changed in silence', () => {
    const bytes = Buffer.concat([Buffer.from(hl7({ control: 'M4' })), Buffer.from([0x81, 0xff, 0xff])]);
    const reading = read(bytes, [], {});
    expect(reading.arrivals[0]).toMatchObject({ state: 'REFUSED', read: { controlId: 'M4' } });
    expect(reading.arrivals[0]!.fault).toMatchObject({ code: 'hub.charset.undecodable' });
    expect(JSON.stringify(reading.arrivals[0]!.fault)).not.toContain('测试');
  });

  test('oddities of the frame are told with the message', () => {
    expect(read(hl7(), [], { oddities: ['no-final-cr'] }).arrivals[0]!.read.warnings).toContain(
      'no-final-cr',
    );
  });

  test('what does not fit the journal is cut to its size', () => {
    const [arrival] = read(
      hl7({ type: `ADT^${'A'.repeat(80)}`, control: 'c'.repeat(400), patient: 'p'.repeat(300) }),
    ).arrivals;
    expect(arrival!.read.type.length).toBeLessThanOrEqual(40);
    expect(arrival!.read.controlId.length).toBeLessThanOrEqual(191);
    for (const lane of arrival!.read.lanes) expect(lane.length).toBeLessThanOrEqual(64);
    for (const key of arrival!.read.keys) expect(key.value.length).toBeLessThanOrEqual(64);
  });

  test('nothing that goes into a column of its own carries a NUL, which PostgreSQL cannot keep', () => {
    const [arrival] = read(
      hl7({ control: 'C\u0000D', patient: 'P\u00001', type: 'ADT^A08\u0000', more: ['ORC|NW|O\u0000P'] }),
    ).arrivals;
    const columns = [
      arrival!.read.controlId,
      arrival!.read.type,
      ...arrival!.read.lanes,
      ...arrival!.read.keys.map((k) => k.value),
    ];
    for (const value of columns) expect(value).not.toContain('\u0000');
  });
});

describe('[INT-01] acknowledgement modes', () => {
  const cases: readonly [Given, string[], string, boolean, string][] = [
    [{}, [], 'AA', false, 'original where nothing is asked for'],
    [{ msh15: 'AL', msh16: 'NE' }, [], 'CA', false, 'accept only'],
    [{ msh15: 'AL', msh16: 'AL' }, [], 'CA', true, 'accept now, application later'],
    [{ msh15: 'NE', msh16: 'AL' }, [], '', true, 'application later only'],
    [{ msh15: 'NE', msh16: 'NE' }, [], '', false, 'none at all'],
    [{ msh15: 'ER', msh16: 'ER' }, [], '', true, 'only of errors'],
    [{ msh15: 'SU', msh16: 'NE' }, [], 'CA', false, 'only of success'],
    [
      { msh15: 'AL', msh16: 'AL' },
      ['ack: { mode: original, unrouted: accept }'],
      'AA',
      false,
      'original is forced',
    ],
    [{}, ['ack: { mode: enhanced, unrouted: accept }'], 'CA', false, 'enhanced is forced'],
    [
      { msh16: '2' },
      ['ack: { mode: auto, profile: mindray, unrouted: accept }'],
      'AA',
      false,
      'MSH-16 of a device',
    ],
  ];
  for (const [given, more, code, later, what] of cases)
    test(`${what}: ${given.msh15 ?? '-'}/${given.msh16 ?? '-'} gives ${code || 'nothing'}${later ? ' and more later' : ''}`, () => {
      const [arrival] = read(hl7(given), more).arrivals;
      expect([arrival!.ackCode, arrival!.later !== undefined]).toEqual([code, later]);
    });

  test('the later answer says how the message was handled, where that is asked for', () => {
    const [all] = read(hl7({ control: 'L1', msh15: 'AL', msh16: 'AL' })).arrivals;
    const text = (arrival: typeof all, good: boolean, fault?: { message: string }) => {
      const bytes = laterReply(arrival!, good, fault, 0);
      return bytes && Buffer.from(bytes).toString();
    };
    expect(text(all, true)).toContain('\rMSA|AA|L1');
    expect(text(all, false, { message: 'no such code' })).toMatch(/\rMSA\|AE\|L1[\s\S]*no such code/);
    const [errors] = read(hl7({ control: 'L2', msh15: 'NE', msh16: 'ER' })).arrivals;
    expect(text(errors, true)).toBeUndefined();
    expect(text(errors, false)).toContain('\rMSA|AE|L2');
  });

  test('an unsound message in enhanced mode is refused with CE or CR', () => {
    const text = hl7({ control: 'L3', msh15: 'AL' }).replace('ADT^A08', '');
    expect(['CE', 'CR']).toContain(read(text).arrivals[0]!.ackCode);
  });
});

describe('[INT-01] batches', () => {
  const batch = (...messages: string[]) =>
    [
      'FHS|^~\\&|HIS|HOSP|LAB|CELL|20260302||||F1\r',
      'BHS|^~\\&|HIS|HOSP|LAB|CELL|20260302||||B1\r',
      ...messages,
      `BTS|${messages.length}\r`,
      'FTS|1\r',
    ].join('');

  test('each message of a batch stands for itself; they are answered together, in order', () => {
    const reading = read(
      batch(
        hl7({ control: 'B-1' }),
        hl7({ type: '', control: 'B-2' }),
        hl7({ control: 'B-3', type: 'DFT^P03' }),
      ),
    );
    expect(reading.arrivals.map((a) => a.state)).toEqual(['RECEIVED', 'REFUSED', 'FILTERED']);
    const text = replyOf(reading)!;
    expect([...text.matchAll(/MSA\|(\w\w)\|(B-\d)/g)].map((m) => m[2])).toEqual(['B-1', 'B-2', 'B-3']);
    for (const a of reading.arrivals)
      expect(a.read.keys).toContainEqual({ kind: 'batch', value: expect.any(String) });
    expect(Buffer.from(reading.arrivals[0]!.read.bytes).toString()).toMatch(/^MSH.*B-1/);
  });

  test('a batch of nothing is refused, and a wrong count is told', () => {
    expect(read(batch()).arrivals).toMatchObject([{ state: 'REFUSED' }]);
    const wrong = batch(hl7()).replace('BTS|1', 'BTS|5');
    expect(read(wrong).arrivals[0]).toMatchObject({ state: 'RECEIVED' });
    expect(read(wrong).arrivals[0]!.read.warnings.join()).toContain('5/1');
  });
});

describe('[INT-02] what keeps its order with what', () => {
  const merge = hl7({ type: 'ADT^A40', patient: 'NEW', more: ['MRG|OLD^^^HIS^MR'] });
  test('by patient: a merge belongs to both', () => {
    expect(read(merge).arrivals[0]!.read.lanes).toEqual(['NEW', 'OLD']);
    expect(read(hl7({ patient: '' })).arrivals[0]!.read.lanes).toEqual([]);
  });
  test('by endpoint: one lane for all', () => {
    expect(read(merge, ['lane: endpoint']).arrivals[0]!.read.lanes).toEqual(['his']);
  });
  test('by order', () => {
    const order = hl7({ more: ['ORC|NW|77^HIS'] });
    expect(read(order, ['lane: order']).arrivals[0]!.read.lanes).toEqual(['77']);
    expect(read(hl7(), ['lane: order']).arrivals[0]!.read.lanes).toEqual([]);
  });
});

describe('duplicates', () => {
  const digest = (text: string, match: string) =>
    read(text, [`duplicate: { match: ${match} }`]).arrivals[0]!.digest;
  test('by content or by control id, and never of another endpoint', () => {
    const [a, b] = [hl7({ control: 'D1', patient: '1' }), hl7({ control: 'D1', patient: '2' })];
    expect(digest(a, 'content')).toBe(digest(a, 'content'));
    expect(digest(a, 'content')).not.toBe(digest(b, 'content'));
    expect(digest(a, 'control-id')).toBe(digest(b, 'control-id'));
    const other = bookOf(endpointText('lis', his()));
    expect(readFrame(other.endpoint(org, 'lis')!, frameOf(a), other).arrivals[0]!.digest).not.toBe(
      digest(a, 'content'),
    );
  });
});

test('the shipped endpoint and channels take the messages of the HIS', () => {
  const book = bookOf(
    shippedText('his'),
    shippedText('his-out'),
    shippedText('his-adt-in'),
    shippedText('his-orders-in'),
  );
  const endpoint = book.endpoint(org, 'his')!;
  const channel = (type: string) =>
    readFrame(endpoint, frameOf(hl7({ type })), book).arrivals[0]!.channel?.code;
  expect(['ADT^A01', 'ADT^A40', 'ORM^O01', 'OML^O21', 'ADT^A02'].map(channel)).toEqual([
    'his-adt-in',
    'his-adt-in',
    'his-orders-in',
    'his-orders-in',
    undefined,
  ]);
});
