import { describe, expect, test } from '@jest/globals';
import { element, makeInstance, sequence, syntaxes } from '../../test/peers/dicom/instance.ts';
import { type Dataset, type ReadOptions, readDataset } from './dataset.ts';
import { headerOf, headerTags, nameGroups, Values } from './header.ts';
import { fileHead, readPart10 } from './part10.ts';
import { tag } from './syntax.ts';

const all: ReadOptions = { keep: (_tag: number) => true, last: 0xffffffff };
const read = (bytes: Buffer, syntax: string = syntaxes.explicit, options = all): Dataset => {
  const found = readDataset(bytes, syntax, options);
  if ('problem' in found) throw new Error(found.problem);
  return found;
};
const problem = (bytes: Buffer, syntax: string = syntaxes.explicit): string => {
  const found = readDataset(bytes, syntax, all);
  return 'problem' in found ? found.problem : '';
};
const header = (bytes: Buffer, syntax: string = syntaxes.explicit) =>
  headerOf(new Values(read(bytes, syntax, headerTags), { assume: 'GB18030' }));

describe('[INT-02] data sets', () => {
  test.each(Object.entries(syntaxes))('%s: the header is read, the pixels are not', (_name, syntax) => {
    const { dataset } = makeInstance({ syntax, accession: 'A1', pixelBytes: 100_000 });
    const found = read(dataset, syntax, headerTags);
    expect(found.has(tag.pixels)).toBe(false);
    expect(header(dataset, syntax)).toMatchObject({
      accession: 'A1',
      contentAt: '20260302083015',
      instanceNumber: 7,
    });
  });

  test('sequences with and without lengths, nested, and private ones of unknown kind are passed over', () => {
    const inner = sequence('00400560', [element('00400551', 'LO', 'deep')]);
    const unknown = Buffer.concat([
      Buffer.from([0x29, 0, 0x10, 0x10, 0x55, 0x4e, 0, 0, 0xff, 0xff, 0xff, 0xff]),
      sequence('00290011', [element('00290012', 'LO', 'x', { explicit: false })], false).subarray(8),
    ]);
    const bytes = Buffer.concat([
      sequence('00081140', [inner, Buffer.alloc(0)]),
      unknown,
      element('00400512', 'LO', 'BOX-1'),
    ]);
    const found = read(bytes);
    expect(found.get(0x00081140)?.items?.[0]?.get(tag.specimens)?.items).toHaveLength(1);
    expect(header(bytes)).toEqual({ container: 'BOX-1' });
  });

  test.each([
    ['half an element', makeInstance().dataset.subarray(0, 3), 'the data set ends in an element'],
    [
      'a length outside',
      element('00100010', 'PN', 'x').subarray(0, 9),
      '(0010,0010) is longer than what is left',
    ],
    ['no value representation', Buffer.alloc(20, 1), '(0101,0101) has no value representation'],
    [
      'a sequence of something else',
      Buffer.concat([sequence('00081140', []).subarray(0, 12), Buffer.alloc(20)]),
      '(0008,1140) holds something else than items',
    ],
  ])('%s is told with its tag', (_name, bytes, reason) => expect(problem(bytes)).toBe(reason));

  test('nesting without end is ended', () => {
    let nested = element('00100010', 'PN', 'x');
    for (let i = 0; i < 40; i++) nested = sequence('00081140', [nested]);
    expect(problem(nested)).toBe('sequences nested too deeply');
  });

  test('empty, blank and padded values are absent; several values give the first', () => {
    const bytes = Buffer.concat([
      element('00080050', 'SH', '  '),
      element('00080060', 'CS', 'SM\\XC'),
      element('00100010', 'PN', ''),
      element('00100020', 'LO', 'P1\0\0'),
    ]);
    expect(header(bytes)).toEqual({ modality: 'SM', patient: { id: 'P1' } });
  });

  test('request attributes and both ways to name specimens', () => {
    const bytes = Buffer.concat([
      sequence('00400275', [
        Buffer.concat([
          element('00080050', 'SH', 'A9'),
          element('00400009', 'SH', 'S9'),
          element('00401001', 'SH', 'R9'),
        ]),
      ]),
      sequence('00400550', [element('00400551', 'LO', 'T1'), element('00400551', 'LO', 'T2')]),
      sequence('00400560', [element('00400551', 'LO', 'T2')]),
    ]);
    expect(header(bytes)).toEqual({
      requests: [{ accession: 'A9', procedure: 'R9', step: 'S9' }],
      specimens: ['T2', 'T1'],
    });
  });

  test.each([
    ['Wang^XiaoDong=王^小东=', { name: 'Wang^XiaoDong', nameIdeographic: '王^小东' }],
    ['王小东^^^^', { name: '王小东' }],
    ['=王^小东', { nameIdeographic: '王^小东' }],
    [undefined, {}],
  ])('groups of the name %s', (name, groups) => expect(nameGroups(name)).toEqual(groups));

  test('values of any length stay short in the header', () => {
    const bytes = element('00081030', 'UT', 'x'.repeat(3_000_000));
    expect(String(header(bytes).studyDescription).length).toBe(1024);
  });
});

describe('[INT-02] files', () => {
  test('what is written is read; the head of a file is the same for the same instance', () => {
    const { sopClass, sopInstance, syntax, dataset } = makeInstance();
    const file = Buffer.concat([fileHead(sopClass, sopInstance, syntax), dataset]);
    expect(readPart10(file)).toMatchObject({ sopClass, sopInstance, syntax });
    expect(readPart10(file)!.dataset.equals(dataset)).toBe(true);
    expect(fileHead(sopClass, sopInstance, syntax)).toEqual(fileHead(sopClass, sopInstance, syntax));
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('MSH|^~\\&|')],
    ['zeros', Buffer.alloc(1000)],
    ['a file cut in its head', makeInstance().file.subarray(0, 180)],
    ['a data set without a head', makeInstance().dataset],
  ])('%s is no file', (_name, bytes) => expect(readPart10(bytes)).toBeUndefined());
});
