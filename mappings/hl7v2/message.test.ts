import { describe, expect, test } from '@jest/globals';
import { Hl7Message } from './message.ts';
import { compilePath } from './path.ts';

const MSH = 'MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.4\r';
const read = (text: string, path: string) => Hl7Message.parse(text).read(compilePath(path));
const names = (text: string): string[] => Hl7Message.parse(text).segments.map(({ name }) => name);

describe('[INT-02] HL7 v2 structure', () => {
  test.each(['\r', '\n', '\r\n', '\r\r', '\r\n\r\n', '\n\n'])(
    'P1 terminator %j gives the same segments',
    (end) => {
      const text = ['MSH|^~\\&|A', 'PID|1||7', 'PV1|1|I'].join(end);
      for (const tail of ['', end]) {
        expect(names(text + tail)).toEqual(['MSH', 'PID', 'PV1']);
        expect(read(text + tail, 'PV1-2')).toBe('I');
        expect(Hl7Message.parse(text + tail).toString()).toBe(text + tail);
      }
    },
  );

  test('P1 CR and LF mixed between segments: all segments are seen, with a warning; an edit leaves with CR', () => {
    const message = Hl7Message.parse('MSH|^~\\&|A\rPID|1||7\nPV1|1|I\r\n');
    expect(message.segments.map(({ name }) => name)).toEqual(['MSH', 'PID', 'PV1']);
    expect(message.warnings.map(({ code }) => code)).toContain('mixed-terminators');
    message.set(compilePath('PV1-2'), 'O');
    expect(message.toString()).toBe('MSH|^~\\&|A\rPID|1||7\rPV1|1|O\r');
  });

  test('P2 an LF inside the text of a CR-terminated message stays data', () => {
    expect(read(`${MSH}NTE|1||line 1\nline 2\nPIDx\r`, 'NTE-3')).toBe('line 1\nline 2\nPIDx');
  });

  test('P4 custom delimiters are obeyed on read and write', () => {
    const message = Hl7Message.parse('MSH@%*!$@A@B\rPID@1@@7%%%HIS*8%%%LIS@@Li!S!u%Na$me');
    const at = (path: string) => message.read(compilePath(path));
    expect([at('PID-3.4'), at('PID-3(2).1'), at('PID-5.1'), at('PID-5.2.2')]).toEqual([
      'HIS',
      '8',
      'Li%u',
      'me',
    ]);
    message.set(compilePath('PID-5.1'), 'a@b%c*d!e$f|g');
    expect(message.toString()).toContain('@a!F!b!S!c!R!d!E!e!T!f|g%Na$me');
  });

  test('P5 a short MSH-2 turns the missing features off', () => {
    expect(read('MSH|^~|A\rPID|1||a&b\\T\\c', 'PID-3.1.1')).toBe('a&b\\T\\c');
    expect(read('MSH|^~\\|A\rPID|1||a&b\\S\\c', 'PID-3.1')).toBe('a&b^c');
    const message = Hl7Message.parse('MSH|^~|A\rPID|1');
    expect(() => message.set(compilePath('PID-3'), 'a|b')).toThrow('no escape character');
  });

  test('P6 the fifth character of MSH-2 is truncation', () => {
    const message = Hl7Message.parse('MSH|^~\\&#|A\rPID|1||a\\P\\b');
    expect(message.delimiters.truncation).toBe('#');
    expect(message.delimiterProblem).toBeUndefined();
    expect(message.read(compilePath('PID-3'))).toBe('a#b');
  });

  test.each(['MSH', 'MSH|', 'MSH|^~\\&', 'MSH|^~\\&|', ''])('P7 %j is parsed', (text) => {
    const message = Hl7Message.parse(text);
    expect(message.toString()).toBe(text);
    expect(message.read(compilePath('MSH-9'))).toBeUndefined();
  });

  test('P8 MSH-12 as the last field does not take the next segment in', () => {
    expect(read('MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.7\nPID|1\n', 'MSH-12')).toBe('2.7');
  });

  test('P9 MSH-1 is the separator, MSH-2 the encoding characters, MSH-3 the sender', () => {
    const text = `${MSH}`;
    expect(['1', '2', '3', '4', '9.2', '12'].map((n) => read(text, `MSH-${n}`))).toEqual([
      '|',
      '^~\\&',
      'A',
      'B',
      'A01',
      '2.4',
    ]);
  });

  test('P10 trailing separators stay, untouched and around an edit', () => {
    const text = `${MSH}PID|1||7^^^^|||\rPV1|1|I^^|||\r`;
    const message = Hl7Message.parse(text);
    expect(message.toString()).toBe(text);
    message.set(compilePath('PID-3.1'), '8');
    expect(message.toString()).toBe(text.replace('7^^^^', '8^^^^'));
  });

  test('P11 absent, null and value are three things', () => {
    const text = `${MSH}PID|1||""|"|""^x|a^""|\r`;
    expect(
      [
        'PID-2',
        'PID-3',
        'PID-3.1',
        'PID-3.4',
        'PID-4',
        'PID-5',
        'PID-5.1',
        'PID-5.2',
        'PID-6.2',
        'PID-6.3',
        'PID-9',
      ].map((p) => read(text, p)),
    ).toEqual([undefined, null, null, null, '"', '""^x', null, 'x', null, undefined, undefined]);
    const message = Hl7Message.parse(text);
    message.set(compilePath('PID-4'), null);
    message.set(compilePath('PID-6.1'), undefined);
    expect(message.toString()).toContain('|""|""|""^x|^""|');
  });

  test('P12 repetitions keep their places, empty ones too', () => {
    const message = Hl7Message.parse(`${MSH}PID|1||a^1~~c^3\r`);
    const at = (path: string) => message.read(compilePath(path));
    expect([at('PID-3'), at('PID-3(1).2'), at('PID-3(2)'), at('PID-3(3).1'), at('PID-3(4)')]).toEqual([
      'a^1',
      '1',
      undefined,
      'c',
      undefined,
    ]);
    const parts = message.repetitions(compilePath('PID-3'));
    expect(parts.map((part) => message.read(compilePath('.2'), part))).toEqual(['1', undefined, '3']);
    expect(message.raw(compilePath('PID-3'))).toBe('a^1~~c^3');
    expect(message.repetitions(compilePath('PID-8'))).toEqual([]);
  });

  test('P13 a value with unexpected subcomponents is there whole and in parts', () => {
    const text = `${MSH}OBX|1|ST|X||A & B&C\r`;
    expect(['OBX-5', 'OBX-5.1', 'OBX-5.1.1', 'OBX-5.1.3'].map((p) => read(text, p))).toEqual([
      'A & B&C',
      'A & B&C',
      'A ',
      'C',
    ]);
  });

  test('P14 components written with gaps keep their positions', () => {
    const message = Hl7Message.create();
    message.append('MSH');
    message.append('PID');
    for (const [path, value] of [
      ['PID-3.5', 'MR'],
      ['PID-3.1', '7'],
      ['PID-3(2).4.2', 'oid'],
      ['PID-5.2', 'San'],
    ] as const)
      message.set(compilePath(path), value);
    expect(message.toString()).toBe('MSH|^~\\&\rPID|||7^^^^MR~^^^&oid||^San\r');
  });

  test('P15 Z, unknown, lower-case, short and repeated segments are kept in order', () => {
    const text = `${MSH}zz1|1\rPID|1\rZB|x\rPID|2\r|blank\rMSH|^~\\&|again\rXYZ|1`;
    const message = Hl7Message.parse(text);
    expect(message.segments.map(({ sentName }) => sentName)).toEqual([
      'MSH',
      'zz1',
      'PID',
      'ZB',
      'PID',
      '',
      'MSH',
      'XYZ',
    ]);
    expect(message.read(compilePath('PID[2]-1'))).toBe('2');
    expect(message.read(compilePath('ZZ1-1'))).toBe('1');
    expect(message.toString()).toBe(text);
  });

  test('P17 a field of 5 MB with every delimiter escaped is read', () => {
    const value = 'AB|C^D~E\\F&G'.repeat(400_000);
    const message = Hl7Message.parse(`${MSH}OBX|1|ED|X||x\r`);
    message.set(compilePath('OBX-5'), value);
    expect(Hl7Message.parse(message.toString()).read(compilePath('OBX-5'))).toBe(value);
  });

  test('P18 a byte order mark or blanks before MSH are passed over, with a warning', () => {
    for (const lead of ['\ufeff', '  ', '\r\n\r\n', '\0']) {
      const message = Hl7Message.parse(lead + MSH);
      expect(message.header?.field(10)).toBe('1');
      expect(message.warnings).toEqual([{ code: 'leading-bytes' }]);
      expect(message.toString()).toBe(lead + MSH);
    }
  });

  test('groups are read on their own, with what is common to all of them, never with a neighbour', () => {
    const message = Hl7Message.parse(
      `${MSH}PID|1||7\rORC|NW|1\rOBR|1|||A\rOBX|1\rORC|NW|2\rORC|CA|3\rOBR|1|||C\r`,
    );
    const groups = message.groups('ORC');
    const rows = groups.map((g) =>
      ['PID-3', 'ORC-2', 'OBR-4', 'MSH-10'].map((path) => message.read(compilePath(path), g)),
    );
    expect(rows).toEqual([
      ['7', '1', 'A', '1'],
      ['7', '2', undefined, '1'],
      ['7', '3', 'C', '1'],
    ]);
    expect(message.groups('OBX', groups[0]).length).toBe(1);
    expect(message.groups('OBX', groups[1])).toEqual([]);
  });

  test('groups within groups see what is common outside', () => {
    const message = Hl7Message.parse(`${MSH}PID|1||7\rORC|1\rOBX|1\rPID|2||8\rORC|2\rOBX|2\rORC|3\r`);
    const seen = message
      .groups('PID')
      .flatMap((patient) =>
        message
          .groups('ORC', patient)
          .map((g) => `${message.read(compilePath('PID-3'), g)}/${message.read(compilePath('ORC-1'), g)}`),
      );
    expect(seen).toEqual(['7/1', '8/2', '8/3']);
  });

  test.each(['PID-0', 'PID', 'PID-3.1.1.1', 'pid-3', '-3', '.0', 'PID.3', 'PID[0]-1', ''])(
    'path %j',
    (path) => {
      if (path === 'PID') expect(read(`${MSH}PID|1`, path)).toBe('PID');
      else expect(() => compilePath(path)).toThrow('not a path');
    },
  );

  test('delimiters cannot be overwritten, and a value never breaks out of its position', () => {
    const message = Hl7Message.parse(MSH);
    expect(() => message.set(compilePath('MSH-2'), 'x')).toThrow();
    message.set(compilePath('PID-5.1'), 'x|y^z~&\\\rOBX|1');
    const again = Hl7Message.parse(message.toString());
    expect(again.segments).toHaveLength(2);
    expect(again.read(compilePath('PID-5.1'))).toBe('x|y^z~&\\\rOBX|1');
  });
});
