import { describe, expect, test } from '@jest/globals';
import { acknowledgement } from './ack.ts';
import { ackPlan } from './ack-plan.ts';
import { readAcknowledgement, replyMatches } from './ack-read.ts';
import { Hl7Message } from './message.ts';

const from = (version: string, control = 'X1', type = 'ORM^O01') =>
  Hl7Message.parse(`MSH|^~\\&|HIS|HOSP|CYTO|LAB|2026||${type}|${control}|T|${version}\rPID|1\r`);
const base = { code: 'AA', controlId: 'K1', at: '20260101' } as const;
const ack = (input: Partial<Parameters<typeof acknowledgement>[0]>) => acknowledgement({ ...base, ...input });

const on = { success: true, error: true };
const off = { success: false, error: false };

describe('[INT-02] acknowledgements', () => {
  test('P9 parties are swapped, version and processing id echoed', () => {
    expect(ack({ message: from('2.3') })).toBe(
      'MSH|^~\\&|CYTO|LAB|HIS|HOSP|20260101||ACK|K1|T|2.3\rMSA|AA|X1\r',
    );
  });

  test('A4 the trigger is in MSH-9 from v2.4 on, or as the endpoint says', () => {
    const type = (version: string, trigger?: boolean) =>
      ack({ message: from(version), trigger }).split('|')[8];
    expect([type('2.3.1'), type('2.4'), type('2.5.1^CHN'), type('2.4', false), type('2.3', true)]).toEqual([
      'ACK',
      'ACK^O01^ACK',
      'ACK^O01^ACK',
      'ACK',
      'ACK^O01^ACK',
    ]);
    expect(ack({ message: from('2.4', 'X', 'ADT') }).split('|')[8]).toBe('ACK');
  });

  test('E10 MSH-10 is echoed as it was written, escapes and all', () => {
    expect(ack({ message: from('2.4', 'A\\S\\1\\X41\\ ') })).toContain('MSA|AA|A\\S\\1\\X41\\ \r');
  });

  test('P4 the answer is in the delimiters of the sender', () => {
    const message = Hl7Message.parse('MSH#*~\\&#HIS#H#CYTO#LAB#2026##ORM*O01#9#P#2.5\r');
    expect(ack({ message, code: 'AE', error: { segment: 'PID', field: 3, code: 101, text: 'a#b' } })).toBe(
      'MSH#*~\\&#CYTO#LAB#HIS#H#20260101##ACK*O01*ACK#K1#P#2.5\rMSA#AE#9#a\\F\\b\r' +
        'ERR##PID*1*3#101*Required field missing*HL70357#E####a\\F\\b\r',
    );
  });

  test('errors are told in the style of the version', () => {
    const error = { segment: 'OBR', occurrence: 2, field: 4, code: 103 } as const;
    expect(ack({ message: from('2.5'), code: 'AE', error })).toContain(
      'ERR||OBR^2^4|103^Table value not found^HL70357|E\r',
    );
    expect(ack({ message: from('2.4'), code: 'AE', error })).toContain(
      'ERR|OBR^2^4^103&Table value not found&HL70357\r',
    );
  });

  test('A5 without a control id the answer is AE (or CE), never AA', () => {
    expect(ack({ message: from('2.5', '') })).toMatch(/MSA\|AE\|\|no control id\rERR\|\|MSH\^1\^10\|101\^/);
    expect(ack({ message: from('2.5', '""'), code: 'CA' })).toContain('MSA|CE|""|');
  });

  test('A8 a filtered message is accepted and says so', () => {
    expect(ack({ message: from('2.4'), warning: 'filtered' })).toContain('MSA|AA|X1|filtered\r');
  });

  test('what has no header is answered AR with what is known', () => {
    expect(ack({ code: 'AR', error: { text: 'no MSH' } })).toMatch(
      /^MSH\|\^~\\&\|\|\|\|\|20260101\|\|ACK\|K1\|P\|2.4\rMSA\|AR\|\|no MSH\r/,
    );
  });

  test('P5 without an escape character a text cannot break the answer', () => {
    const message = Hl7Message.parse('MSH|^~|HIS|H|C|L|2026||ADT^A01|1|P|2.3\r');
    expect(ack({ message, code: 'AE', error: { text: 'a|b^c' } })).toContain(
      'MSA|AE|1|a b c\rERR|^^^207 Application internal error HL70357',
    );
  });

  const conditions = {
    AL: on,
    NE: off,
    ER: { success: false, error: true },
    SU: { success: true, error: false },
  } as const;
  const names = Object.keys(conditions) as (keyof typeof conditions)[];

  test.each(names.flatMap((a) => names.map((b) => [a, b] as const)))(
    'A1 MSH-15 %s and MSH-16 %s',
    (msh15, msh16) => {
      expect(ackPlan({ msh15, msh16, mode: 'auto' })).toEqual({
        mode: 'enhanced',
        accept: conditions[msh15],
        application: conditions[msh16],
      });
    },
  );

  test('A1 neither: original mode; one alone: the other phase is not owed; the endpoint may decide', () => {
    const plan = (
      msh15: string | undefined,
      msh16: string | undefined,
      mode: 'auto' | 'original' | 'enhanced' | 'none',
    ) => ackPlan({ msh15, msh16, mode });
    expect(plan(undefined, undefined, 'auto')).toEqual({ mode: 'original', accept: off, application: on });
    expect(plan('AL', undefined, 'auto')).toEqual({ mode: 'enhanced', accept: on, application: off });
    expect(plan(undefined, 'er', 'auto')).toEqual({
      mode: 'enhanced',
      accept: off,
      application: conditions.ER,
    });
    expect(plan('AL', 'AL', 'original')).toEqual({ mode: 'original', accept: off, application: on });
    expect(plan(undefined, undefined, 'enhanced')).toEqual({
      mode: 'enhanced',
      accept: on,
      application: off,
    });
    expect(plan('AL', 'AL', 'none')).toEqual({ mode: 'none', accept: off, application: off });
  });

  test('A2 the codes of Mindray devices in MSH-16 are no acknowledgement type', () => {
    for (const msh16 of ['0', '1', '2'])
      for (const profile of ['standard', 'mindray'] as const)
        expect(ackPlan({ msh15: undefined, msh16, mode: 'auto', profile }).mode).toBe('original');
    expect(ackPlan({ msh15: undefined, msh16: 'NE', mode: 'auto', profile: 'mindray' }).application).toEqual(
      on,
    );
  });

  test('A6 a query reply or an order response counts as an answer', () => {
    for (const type of ['ADR^A19', 'RSP^K22', 'ORR^O02', 'DSR^Q03'])
      expect(readAcknowledgement(`MSH|^~\\&|A|B|C|D|1||${type}|2|P|2.4\rMSA|AA|X1\r`)).toEqual({
        kind: 'query-reply',
        code: 'AA',
        controlId: 'X1',
      });
  });

  test('M20 an acknowledgement is read with LF, without its last CR, with frame bytes, or without MSH', () => {
    const whole = 'MSH|^~\\&|A|B|C|D|1||ACK|2|P|2.4\rMSA|AE|X1|bad';
    for (const text of [
      whole,
      whole.replace('\r', '\n'),
      `\x0b${whole}\r\x1c\r`,
      'MSA|AE|X1|bad',
      whole.replace('AE', 'ae '),
    ])
      expect(readAcknowledgement(text)).toEqual({ kind: 'ack', code: 'AE', controlId: 'X1', text: 'bad' });
  });

  test('the error of either style is read back', () => {
    for (const version of ['2.3', '2.5'])
      expect(
        readAcknowledgement(
          ack({ message: from(version), code: 'AE', error: { segment: 'PID', field: 3, code: 101 } }),
        ),
      ).toMatchObject({
        error: { segment: 'PID', field: '3', code: '101' },
      });
  });

  test('what carries no usable MSA is unknown', () => {
    for (const text of ['', 'OK', 'MSH|^~\\&|A\r', 'MSH|^~\\&|A|B|C|D|1||ACK|2\rMSA|OK|X1\r'])
      expect(readAcknowledgement(text).kind).toBe('unknown');
  });

  test('M19 a reply belongs to the message whose control id it carries', () => {
    const reply = (id: string) => Buffer.from(`MSH|^~\\&|A|B|C|D|1||ACK|2|P|2.4\rMSA|AA|${id}|张\r`);
    expect(replyMatches(reply('X1'), 'X1')).toBe(true);
    expect(replyMatches(reply('X10'), 'X1')).toBe(false);
    expect(replyMatches(reply(''), 'X1')).toBe(true);
    expect(replyMatches(Buffer.from('MSH|^~\\&|A\rMSA|AA|X1\r', 'utf16le'), 'X1')).toBe(true);
  });
});
