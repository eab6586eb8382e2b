import { describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { adt, benchOrders, MessageFactory, merge, oml, orm } from './messages.ts';
import { fourByteName, idNumber, trailByteNames } from './people.ts';
import { type Charset, charsetOf, decode, fieldOf, readWithLibrary } from './text.ts';

const all: Charset[] = ['GB18030', 'GBK', 'UTF-8'];

describe('charsets', () => {
  test.each(all)('a message in %s is read back with its names', (charset) => {
    const factory = new MessageFactory({ seed: 2, charset });
    for (const rare of trailByteNames) {
      const m = adt('A08', { ...factory.patient(), name: rare.name }, factory.envelope());
      expect(charsetOf(m.bytes)).toBe(charset);
      expect(decode(m.bytes)).toBe(m.text);
      expect(fieldOf(readWithLibrary(decode(m.bytes)), 'PID.5.1')).toBe(rare.name);
    }
  });

  test('the rare names hold the delimiter bytes they are listed with', () => {
    for (const { name, bytes } of trailByteNames) {
      expect(iconv.encode(name, 'GBK').toString('hex').toUpperCase()).toContain(bytes);
    }
    const trails = trailByteNames.flatMap(({ bytes }) => [bytes.slice(2, 4)]);
    expect(new Set(trails)).toEqual(new Set(['7C', '5C', '5E', '7E']));
  });

  test('a name outside GBK survives GB18030 and would not survive GBK', () => {
    const factory = new MessageFactory({ charset: 'GB18030' });
    const m = adt('A28', { ...factory.patient(), name: fourByteName.name }, factory.envelope());
    expect(decode(m.bytes)).toContain(fourByteName.name);
    expect(iconv.decode(iconv.encode(fourByteName.name, 'GBK'), 'GBK')).not.toBe(fourByteName.name);
  });

  test.each(['UTF-16LE', 'UTF-16BE'] as const)('%s is told by its NUL bytes', (charset) => {
    const factory = new MessageFactory({ charset });
    const m = adt('A04', factory.patient(), factory.envelope());
    expect(decode(m.bytes)).toBe(m.text);
  });
});

describe('messages', () => {
  const factory = new MessageFactory({ seed: 4 });
  const person = factory.patient();
  const order = factory.order();

  test('the fields a mapping needs are where the standard has them', () => {
    const hl7 = readWithLibrary(orm('CA', person, order, factory.envelope()).text);
    expect(fieldOf(hl7, 'PID.3.1')).toBe(person.mrn);
    expect(fieldOf(hl7, 'ORC.1')).toBe('CA');
    expect(fieldOf(hl7, 'ORC.2.1')).toBe(order.placer);
    expect(fieldOf(hl7, 'ORC.2.2')).toBe('HIS');
    expect(fieldOf(hl7, 'ORC.7.6')).toBe(order.priority);
    expect(fieldOf(hl7, 'ORC.16.2')).toBe('患者要求取消');
    expect(fieldOf(hl7, 'OBR.4.1')).toBe(order.code);
    expect(fieldOf(hl7, 'OBR.4.3')).toBe('L');
    expect(fieldOf(hl7, 'PV1.19.1')).toBe(`V${person.mrn}`);
  });

  test('OML carries its timing in TQ1 and a merge its prior number in MRG', () => {
    const hl7 = readWithLibrary(oml('NW', person, order, factory.envelope()).text);
    expect(fieldOf(hl7, 'TQ1.9')).toBe(order.priority);
    expect(fieldOf(hl7, 'MSH.9.3')).toBe('OML_O21');
    const prior = factory.patient();
    const merged = readWithLibrary(merge(person, prior, factory.envelope()).text);
    expect(fieldOf(merged, 'MRG.1.1')).toBe(prior.mrn);
    expect(fieldOf(merged, 'MSH.9.3')).toBe('ADT_A39');
  });

  test('values holding delimiters leave escaped, also with delimiters of the sender', () => {
    const odd = { ...order, note: 'a|b^c&d~e\\f\ng' };
    expect(orm('NW', person, odd, factory.envelope()).text).toContain(
      'a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f\\.br\\g',
    );
    const own = orm('NW', person, odd, factory.envelope({ delimiters: '#@~/%' })).text;
    expect(own.startsWith('MSH#@~/%#HIS#')).toBe(true);
    expect(own).toContain('a|b^c&d/R/e\\f/.br/g');
  });

  test('id numbers end in the right check character', () => {
    expect(idNumber('19491231', 0, 'F')).toMatch(/^990100\d{11}[\dX]$/);
    const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
    for (let i = 0; i < 50; i += 1) {
      const { idNumber: id } = factory.patient();
      const sum = weights.reduce((s, w, at) => s + w * (id[at] === 'X' ? 10 : Number(id[at])), 0);
      expect(sum % 11).toBe(1);
    }
  });

  test('the same seed gives the same bytes and another seed others', () => {
    const run = (seed: number) => {
      const f = new MessageFactory({ seed });
      return Buffer.concat([1, 2, 3].map(() => orm('NW', f.patient(), f.order(), f.envelope()).bytes));
    };
    expect(run(9).equals(run(9))).toBe(true);
    expect(run(9).equals(run(10))).toBe(false);
  });

  test('orders for measuring are exactly 1 KB and all different', () => {
    const orders = benchOrders(300, { patients: 10 });
    expect(new Set(orders.map((o) => o.bytes.length))).toEqual(new Set([1024]));
    expect(new Set(orders.map((o) => o.placer)).size).toBe(300);
    expect(new Set(orders.map((o) => o.mrn)).size).toBe(10);
  });
});
