import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { Hl7Message } from './message.ts';
import { compilePath } from './path.ts';

interface Other {
  transform(): void;
  get(path: string): unknown;
  build(): string;
}
const Hl7Standard = createRequire(import.meta.url)('hl7-standard') as new (text: string) => Other;

const orm = [
  'MSH|^~\\&|HIS|HOSP|CYTO|LAB|20260101120000||ORM^O01|MSG1|P|2.4',
  'PID|1||P123^^^HIS^MR||ZHANG^SAN||19900101|M|||ROAD 1^^BEIJING',
  'PV1|1|I|W01^101^1',
  'ORC|NW|O1^HIS|F1',
  'OBR|1|O1^HIS||CELL01^COLLECTION^L',
].join('\r');

function other(text: string): Other {
  const message = new Hl7Standard(text);
  message.transform();
  return message;
}

const simple = [
  'MSH-3',
  'MSH-9.1',
  'MSH-9.2',
  'MSH-10',
  'MSH-12',
  'PID-3.1',
  'PID-3.4',
  'PID-3.5',
  'PID-5.1',
  'PID-5.2',
  'PID-7',
  'PID-8',
  'PID-11.1',
  'PID-11.3',
  'PV1-2',
  'PV1-3.1',
  'PV1-3.3',
  'ORC-1',
  'ORC-2.1',
  'ORC-2.2',
  'OBR-4.1',
  'OBR-4.2',
  'OBR-4.3',
];

describe('[INT-02] against hl7-standard, an independent implementation', () => {
  test.each(simple)('%s of a plain message is the same', (path) => {
    const dotted = /\.\d/.test(path) || path.startsWith('MSH') ? path : `${path}.1`;
    const mine = Hl7Message.parse(orm).read(compilePath(path));
    expect(mine).toBeDefined();
    expect(other(orm).get(dotted.replace('-', '.'))).toBe(mine);
  });

  test('a plain message that it builds again reads the same here', () => {
    const built = Hl7Message.parse(other(orm).build());
    for (const path of simple)
      expect(built.read(compilePath(path))).toBe(Hl7Message.parse(orm).read(compilePath(path)));
  });

  test('it does not decode escapes, which is why the hub does not stand on it', () => {
    const text = orm.replace('ROAD 1', 'A\\T\\B');
    expect(other(text).get('PID.11.1')).toBe('A\\T\\B');
    expect(Hl7Message.parse(text).read(compilePath('PID-11.1'))).toBe('A&B');
  });

  test('it does not obey custom delimiters', () => {
    const text = orm.replaceAll('^', '%').replace('MSH|%~\\&', 'MSH|%~\\&');
    expect(Hl7Message.parse(text).read(compilePath('PID-5.2'))).toBe('SAN');
    expect(other(text).get('PID.5.2')).not.toBe('SAN');
  });
});
