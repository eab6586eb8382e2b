import { describe, expect, test } from '@jest/globals';
import { batchAcknowledgement, splitBatch } from './batch.ts';
import { businessKeys, laneKey, priorLanes } from './keys.ts';
import { Hl7Message } from './message.ts';
import { checkSoundness, firstFatal } from './sound.ts';

const msg = (id: string): string => `MSH|^~\\&|A|B|C|D|2026||ADT^A01|${id}|P|2.4\rPID|1||${id}\r`;
const FHS = 'FHS|^~\\&|HIS|H|CYTO|LAB|2026||file.hl7||F1\r';
const BHS = 'BHS|^~\\&|HIS|H|CYTO|LAB|2026||batch||B1\r';
const ids = (text: string) =>
  splitBatch(text)?.messages.map(({ text: one }) => Hl7Message.parse(one).header?.field(10));

describe('[INT-02] batches', () => {
  test('P19 a file of batches gives every message with its batch, and no complaint', () => {
    const batch = splitBatch(
      `${FHS}${BHS}${msg('1')}${msg('2')}BTS|2\r${BHS.replace('B1', 'B2')}${msg('3')}BTS|1\rFTS|2\r`,
    )!;
    expect(batch.messages).toEqual([
      { text: msg('1'), batch: 'B1' },
      { text: msg('2'), batch: 'B1' },
      { text: msg('3'), batch: 'B2' },
    ]);
    expect(batch.problems).toEqual([]);
  });

  test('P19 BHS without FHS, LF, CRLF and a missing trailer are read', () => {
    const text = `${BHS}${msg('1')}${msg('2')}`;
    for (const end of ['\r', '\n', '\r\n']) {
      const batch = splitBatch(text.replaceAll('\r', end))!;
      expect(batch.messages.map((one) => one.text)).toEqual([msg('1'), msg('2')]);
      expect(batch.problems).toEqual([{ reason: 'no-trailer', segment: 'BHS' }]);
    }
  });

  test('P19 counts that differ are told, declared and actual', () => {
    expect(splitBatch(`${FHS}${BHS}${msg('1')}BTS|3\rFTS|2\r`)!.problems).toEqual([
      { reason: 'count-mismatch', segment: 'BTS', declared: 3, actual: 1 },
      { reason: 'count-mismatch', segment: 'FTS', declared: 2, actual: 1 },
    ]);
  });

  test('P19 junk before the first message is told, its siblings are kept', () => {
    const batch = splitBatch(`${BHS}junk\rmore\r${msg('1')}BTS|1\r`)!;
    expect(batch.problems).toEqual([{ reason: 'junk-before-message', segment: 'jun' }]);
    expect(batch.messages).toHaveLength(1);
  });

  test('P19 a malformed message in the middle is one of the messages and costs no sibling', () => {
    const batch = splitBatch(`${BHS}${msg('1')}MSH|^~\\&|bad\rbroken line here\r${msg('3')}BTS|3\r`)!;
    const sound = batch.messages.map(
      ({ text }) => firstFatal(checkSoundness(Hl7Message.parse(text))) === undefined,
    );
    expect(sound).toEqual([true, false, true]);
    expect(batch.problems).toEqual([]);
  });

  test('P20 who sent the batch is in its headers', () => {
    expect(splitBatch(`${FHS}${BHS}${msg('1')}BTS|1\rFTS|1\r`)!.headers).toMatchObject([
      {
        kind: 'FHS',
        sendingApplication: 'HIS',
        sendingFacility: 'H',
        name: 'file.hl7',
        controlId: 'F1',
        createdAt: '2026',
      },
      { kind: 'BHS', controlId: 'B1' },
    ]);
  });

  test('two messages in one frame are two; a header merely repeated is one message', () => {
    expect(ids(msg('1') + msg('2'))).toEqual(['1', '2']);
    expect(splitBatch(msg('1') + msg('2'))!.problems).toEqual([{ reason: 'no-header', segment: 'MSH' }]);
    expect(splitBatch(msg('1') + msg('1'))).toBeUndefined();
    expect(splitBatch(msg('1'))).toBeUndefined();
    expect(splitBatch('')).toBeUndefined();
  });

  test('the batch acknowledgement holds one answer each, parties swapped', () => {
    const { headers } = splitBatch(`${FHS}${BHS}${msg('1')}BTS|1\rFTS|1\r`)!;
    expect(
      batchAcknowledgement({ headers, acknowledgements: ['MSH|a\r', 'MSH|b\r'], controlId: 'K', at: '2027' }),
    ).toBe(
      'FHS|^~\\&|CYTO|LAB|HIS|H|2027||file.hl7||K|F1\rBHS|^~\\&|CYTO|LAB|HIS|H|2027||batch||K|B1\rMSH|a\rMSH|b\rBTS|2\rFTS|1\r',
    );
  });
});

describe('[INT-02] business keys', () => {
  const parse = (body: string) => Hl7Message.parse(`MSH|^~\\&|A|B|C|D|1||ORM^O01|M1|P|2.5\r${body}`);

  test('all identifiers of an order are found, once each', () => {
    const message = parse(
      'PID|1|old|P1^^^HIS~P2^^^NHC~P1^^^HIS||\rPV1|1|I|||||||||||||||||V9^^^HIS\rORC|NW|O1^HIS|F1\rOBR|1|O1^HIS|F1\r' +
        'SPM|1|S1&HIS^S2&LAB\rORC|NW| O\\T\\2 \rTXA|1||||||||||| R1^x\r',
    );
    expect(businessKeys(message, 'B7').map(({ kind, value }) => `${kind}:${value}`)).toEqual([
      'batch:B7',
      'control:M1',
      'patient:P1',
      'patient:P2',
      'patient:old',
      'visit:V9',
      'order:O1',
      'filler:F1',
      'specimen:S1',
      'specimen:S2',
      'order:O&2',
      'report:R1',
    ]);
  });

  test('never more than 30, never longer than 64, no nulls', () => {
    const many = Array.from({ length: 60 }, (_, i) => `ORC|NW|O${i}`).join('\r');
    expect(businessKeys(parse(many))).toHaveLength(30);
    const [, key] = businessKeys(parse(`PID|1||${'9'.repeat(200)}\rORC|NW|""|""^x\r`));
    expect(key).toEqual({ kind: 'patient', value: '9'.repeat(64) });
  });

  test('the lane is the first patient identifier; a merge also names the lanes that end', () => {
    expect(laneKey(parse('PID|1|2|~P7^^^HIS~P8'))).toBe('P7');
    expect(laneKey(parse('PID|1|2|""'))).toBe('2');
    expect(laneKey(parse('ORC|NW|1'))).toBeUndefined();
    expect(priorLanes(parse('PID|1||P1\rMRG|P2^^^HIS~P3|||P2\r'))).toEqual(['P2', 'P3']);
    expect(priorLanes(parse('PID|1||P1\r'))).toEqual([]);
  });

  test('[ARC-09] a national id is neither a key nor a lane in clear', () => {
    const both = parse('PID|1||990100197512099136^^^NATION^NNCHN~P7^^^HIS^MR\r');
    expect(businessKeys(both).map((k) => k.value)).not.toContain('990100197512099136');
    expect(laneKey(both)).toBe('P7');
    const alone = parse('PID|1||990100197512099136^^^NATION^NNCHN\r');
    expect(laneKey(alone)).toMatch(/^#[0-9a-z]+$/);
    expect(laneKey(alone)).toBe(laneKey(parse('PID|1||990100197512099136^^^X^NI\r')));
    expect(laneKey(alone)).not.toBe(laneKey(parse('PID|1||990100197512099137^^^X^NI\r')));
  });
});
