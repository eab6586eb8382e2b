import { afterEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../../contracts/kernel/fault.ts';
import { describeWithDcmtk, Folder, run } from '../../test/peers/dicom/dcmtk.ts';
import { serveDicom } from '../../test/peers/dicom/listening.ts';
import type { WorklistItem } from './worklist-entry.ts';
import { matchesDate, matchesName, matchesText, matchesTime, momentsOf, within } from './worklist-match.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

describe('matching of keys (PS3.4 C.2.2.2)', () => {
  test.each([
    ['', 'CT', true],
    ['*', '', true],
    ['CT', 'CT', true],
    ['CT', 'ct', false],
    ['C?', 'CT', true],
    ['C?', 'C', false],
    ['OR*1', 'ORD-1', true],
    ['OR*1', 'ORD-12', false],
    ['CT\\MR', 'MR', true],
    ['a.c', 'abc', false],
    ['(*)', '(x)', true],
    ['𠮷?', '𠮷野', true],
  ])('text %j and %j: %s', (key, value, fits) => expect(matchesText(key, value)).toBe(fits));

  test.each([
    ['王^芳', '王芳', true],
    ['王*', '王芳', true],
    ['李*', '王芳', false],
    ['zhang^san', 'ZHANG SAN', true],
    ['=王^芳', '王芳', true],
    ['*^*', '', true],
  ])('name %j and %j: %s', (key, value, fits) => expect(matchesName(key, value)).toBe(fits));

  test.each([
    ['20260301', '20260301', true],
    ['20260301-', '20260302', true],
    ['-20260301', '20260302', false],
    ['20260301-20260331', '20260331', true],
    ['20260301', '', false],
  ])('date %j and %j: %s', (key, value, fits) => expect(matchesDate(key, value)).toBe(fits));

  test.each([
    ['08', '083000', true],
    ['0800-0830', '083059', true],
    ['0800-0830', '083100', false],
    ['-0830', '', false],
  ])('time %j and %j: %s', (key, value, fits) => expect(matchesTime(key, value)).toBe(fits));

  test('date and time together are one stretch of time', () => {
    const moments = momentsOf('20260705-20260707', '1000-1800')!;
    const inside = (moment: string): boolean => within(moments, moment);
    expect(
      ['20260705095959', '20260705100000', '20260706030000', '20260707180059', '20260707180100'].map(inside),
    ).toEqual([false, true, true, true, false]);
  });

  test('a pattern of many stars does not cost time', () => {
    const began = performance.now();
    expect(matchesText(`${'*a'.repeat(300)}*b`, 'a'.repeat(2000))).toBe(false);
    expect(performance.now() - began).toBeLessThan(200);
  });
});

const orders: readonly WorklistItem[] = [
  {
    accession: 'CM20260301001',
    placerNumber: 'HIS-77',
    patientId: 'P1',
    patientName: '欧阳娜娜',
    sex: 'F',
    birthDate: '1980-02-03',
    code: 'SMEAR',
    name: '细胞涂片镜检',
    scheduledAt: '2026-03-01T00:30:00.000Z',
    department: '细胞治疗科',
  },
  {
    accession: 'CM20260301002',
    patientId: 'P2',
    patientName: 'Wei Zhang',
    sex: 'U',
    birthDate: '1975',
    code: 'FLOW',
    name: 'CD34+ flow count',
    scheduledAt: '2026-03-02T01:00:00.000Z',
    department: '',
  },
];

describeWithDcmtk('[INT-02] modality worklist asked by findscu', () => {
  async function ask(
    keys: readonly string[],
    worklist: Record<string, unknown> = {},
    query: (params: Record<string, unknown>) => unknown = () => ({ items: orders }),
  ) {
    const asked: Record<string, unknown>[] = [];
    const { listener, kinds } = await serveDicom({
      settings: { worklist },
      query: async (name, params) => {
        expect(name).toBe('order.worklist');
        asked.push(params);
        return query(params);
      },
    });
    const folder = new Folder();
    cleanups.push(
      () => listener.stop(0),
      () => folder.remove(),
    );
    const { output } = await run('findscu', [
      ...['-v', '-W', '-X', '-od', folder.path, '-aet', 'SCOPE1', '-aec', 'CYTOMESH', '127.0.0.1'],
      ...[String(listener.port), ...keys.flatMap((key) => ['-k', key])],
    ]);
    const dump = async (name: string, ...how: string[]) =>
      (await run('dcmdump', [...how, `${folder.path}/${name}`])).output;
    const names = folder.files().sort();
    const answers = await Promise.all(names.map((name) => dump(name, '+U8')));
    const charsets = await Promise.all(names.map((name) => dump(name, '+P', '0008,0005')));
    return { output, answers, charsets, asked, kinds: kinds() };
  }

  const everything = [
    'AccessionNumber',
    'PatientName',
    'PatientID',
    'PatientBirthDate',
    'PatientSex',
    'StudyInstanceUID',
    'RequestedProcedureID',
    'RequestedProcedureDescription',
    'RequestedProcedureCodeSequence[0].CodeValue',
    'ReferringPhysicianName',
    '(0040,0100)[0].Modality',
    '(0040,0100)[0].ScheduledStationAETitle',
    '(0040,0100)[0].ScheduledProcedureStepStartDate',
    '(0040,0100)[0].ScheduledProcedureStepStartTime',
    '(0040,0100)[0].ScheduledProcedureStepDescription',
    '(0040,0100)[0].ScheduledProcedureStepID',
  ];

  test.each([
    ['UTF-8', 'ISO_IR 192'],
    ['GB18030', 'GB18030'],
  ])('gives what is asked for, in %s', async (charset, term) => {
    const { answers, charsets, output } = await ask(everything, { charset, modality: 'SM' });
    expect(output).toContain('(Success)');
    expect(charsets).toEqual([expect.stringContaining(`[${term}]`), expect.stringContaining(`[${term}]`)]);
    for (const text of [
      'SH [CM20260301001]',
      'PN [欧阳娜娜]',
      'LO [P1]',
      'DA [19800203]',
      'CS [F]',
      'UI [2.25.',
      'LO [细胞涂片镜检]',
      'SH [SMEAR]',
      'SH [99LAB]',
      'PN (no value available)',
      'CS [SM]',
      'AE [SCOPE1]',
      'DA [20260301]',
      'TM [083000]',
    ])
      expect(answers[0]).toContain(text);
    expect(answers[1]).toContain('DA (no value available)');
  });

  test('narrows by exact keys and the time before orders are read, by the rest behind', async () => {
    const exact = await ask(['AccessionNumber=CM20260301001', 'PatientID=P1', 'PatientName']);
    expect(exact.asked).toEqual([{ accession: 'CM20260301001', patientId: 'P1', limit: 500 }]);
    const timed = await ask([
      'PatientName=欧阳*',
      'SpecificCharacterSet=ISO_IR 192',
      '(0040,0100)[0].ScheduledProcedureStepStartDate=20260301-20260302',
    ]);
    expect(timed.asked).toEqual([
      { from: '2026-02-28T16:00:00.000Z', to: '2026-03-02T15:59:59.999Z', limit: 500 },
    ]);
    expect(timed.answers).toHaveLength(1);
    expect(timed.answers[0]).toContain('欧阳娜娜');
  });

  test('a patient found by another of their numbers is answered with the number asked for', async () => {
    const { answers } = await ask(['PatientID=OLD-9', 'PatientName'], {}, () => ({ items: [orders[0]] }));
    expect(answers[0]).toContain('LO [OLD-9]');
  });

  test('modality and station are by service; only listed services where there is a list', async () => {
    const procedures = [{ code: 'FLOW', modality: 'XC', station: 'FACS1' }];
    const keys = ['AccessionNumber', '(0040,0100)[0].Modality', '(0040,0100)[0].ScheduledStationAETitle'];
    const all = await ask(keys, { procedures });
    expect(all.answers).toHaveLength(1);
    expect(all.answers[0]).toMatch(/CM20260301002.*FACS1/s);
    const none = await ask([...keys, '(0040,0100)[0].Modality=CT'], { procedures });
    expect(none.answers).toEqual([]);
  });

  test('the study of an order is the same each time it is asked for', async () => {
    const study = async (): Promise<string[]> =>
      (await ask(['StudyInstanceUID', 'AccessionNumber'])).answers.map(
        (answer) => /UI \[(2\.25\.\d+)\]/.exec(answer)?.[1] ?? '',
      );
    const [first, second] = [await study(), await study()];
    expect(first).toEqual(second);
    expect(new Set(first).size).toBe(2);
    expect(first[0]!.length).toBeLessThanOrEqual(64);
  });

  test('more than the limit is refused instead of cut; a reader that fails is told as such', async () => {
    const many = await ask(['AccessionNumber'], { limit: 1 });
    expect(many.answers).toEqual([]);
    expect(many.output).toMatch(/0xa700|OutOfResources/);
    expect(many.kinds).toEqual(['query-refused']);
    const down = await ask(['AccessionNumber'], {}, () => {
      throw new Fault('kernel.store.unavailable');
    });
    expect(down.output).toMatch(/0xa700|OutOfResources/);
  });

  test('without the setting there is no worklist', async () => {
    const { listener } = await serveDicom({ settings: { worklist: undefined } });
    cleanups.push(() => listener.stop(0));
    const { output } = await run('findscu', [
      ...['-W', '-aec', 'CYTOMESH', '127.0.0.1', String(listener.port), '-k', 'PatientName'],
    ]);
    expect(output).toMatch(/No Acceptable Presentation Contexts/);
  });
});
