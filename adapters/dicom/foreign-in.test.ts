import { createHash } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { Fault } from '../../contracts/kernel/fault.ts';
import { describeWithDcmtk, Folder, run } from '../../test/peers/dicom/dcmtk.ts';
import { classes, makeInstance, syntaxes } from '../../test/peers/dicom/instance.ts';
import { good, type ServeOptions, serveDicom } from '../../test/peers/dicom/listening.ts';
import { readPart10 } from './part10.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function serve(options: ServeOptions = {}) {
  const served = await serveDicom(options);
  cleanups.push(() => served.listener.stop(0));
  const folder = new Folder();
  cleanups.push(() => folder.remove());
  const to = ['-aec', 'CYTOMESH', '127.0.0.1', String(served.listener.port)];
  return { ...served, folder, to };
}

describeWithDcmtk('[INT-02] DCMTK as the client of our storage', () => {
  test('verifies the connection by C-ECHO', async () => {
    const { to, incidents, listener } = await serve();
    expect(await run('echoscu', ['-v', '--repeat', '3', ...to])).toMatchObject({
      code: 0,
      output: expect.stringContaining('Received Echo Response (Success)'),
    });
    expect(incidents).toEqual([]);
    expect(listener.connections()[0]).toMatchObject({ framesIn: 3, framesOut: 3, pending: 0 });
  });

  test('stores an image: success after the commit, the file as received, the header in text', async () => {
    const { to, folder, frames, headers, incidents } = await serve();
    const instance = makeInstance({
      charset: 'GB18030',
      encoding: 'gb18030',
      patientName: '欧阳^娜娜',
      accession: 'ORD20260301',
      specimens: ['CB-1', 'CB-2'],
      description: '细胞涂片 400×',
      pixelBytes: 300_000,
    });
    const sent = await run('storescu', ['-v', '-aet', 'SCOPE1', ...to, folder.write('a.dcm', instance.file)]);
    expect(sent).toMatchObject({
      code: 0,
      output: expect.stringContaining('Received Store Response (Success)'),
    });
    expect(headers()).toEqual([
      {
        sopClass: classes.microscopy,
        sopInstance: instance.sopInstance,
        transferSyntax: syntaxes.explicit,
        study: '1.2.826.0.1.3680043.10.1.9',
        series: '1.2.826.0.1.3680043.10.1.9.1',
        accession: 'ORD20260301',
        patient: { id: 'P0001', name: '欧阳^娜娜', birthDate: '19800203', sex: 'F' },
        modality: 'SM',
        studyDescription: '细胞涂片 400×',
        studyAt: '20260301081500',
        contentAt: '20260302083015',
        instanceNumber: 7,
        specimens: ['CB-1', 'CB-2'],
        digest: frames[0]!.blobs![0]!.digest,
        size: frames[0]!.blobs![0]!.bytes.length,
      },
    ]);
    expect(frames[0]!.meta).toEqual({
      callingAe: 'SCOPE1',
      calledAe: 'CYTOMESH',
      sopInstance: instance.sopInstance,
    });
    const [blob] = frames[0]!.blobs!;
    expect(blob!.mediaType).toBe('application/dicom');
    expect(createHash('sha256').update(blob!.bytes).digest('hex')).toBe(blob!.digest);
    const dumped = await run('dcmdump', ['+U8', folder.write('kept.dcm', blob!.bytes)]);
    expect(dumped).toMatchObject({ code: 0, output: expect.stringContaining('欧阳^娜娜') });
    expect(incidents).toEqual([]);
  });

  test.each([
    ['implicit little endian', syntaxes.implicit, ['-xi']],
    ['explicit big endian', syntaxes.big, ['-xb']],
    ['JPEG baseline', syntaxes.jpeg, ['-xy']],
  ])('keeps %s as it came', async (_name, syntax, propose) => {
    const { to, folder, frames, headers } = await serve();
    const instance = makeInstance({
      syntax,
      accession: 'A1',
      charset: 'ISO_IR 192',
      encoding: 'utf8',
      patientName: '王^芳',
    });
    const sent = await run('storescu', [...propose, ...to, folder.write('a.dcm', instance.file)]);
    expect(sent).toEqual({ code: 0, output: '' });
    expect(headers()[0]).toMatchObject({
      transferSyntax: syntax,
      accession: 'A1',
      patient: { name: '王^芳' },
      instanceNumber: 7,
    });
    expect((await run('dcmdump', [folder.write('k.dcm', frames[0]!.blobs![0]!.bytes)])).code).toBe(0);
  });

  test('deflated data sets are read for their header', async () => {
    const { to, folder, headers } = await serve();
    const plain = folder.write('a.dcm', makeInstance({ accession: 'DEF1', pixelBytes: 2_000_000 }).file);
    const deflated = `${folder.path}/d.dcm`;
    expect(await run('dcmconv', ['+td', plain, deflated])).toMatchObject({ code: 0 });
    expect(await run('storescu', ['-xd', ...to, deflated])).toEqual({ code: 0, output: '' });
    expect(headers()[0]).toMatchObject({ transferSyntax: '1.2.840.10008.1.2.1.99', accession: 'DEF1' });
  });

  test('many images of one association, and the same again, are the same files with the same digests', async () => {
    const { to, folder, frames } = await serve();
    const files = Array.from({ length: 20 }, (_, i) => folder.write(`${i}.dcm`, makeInstance().file));
    expect((await run('storescu', [...to, ...files])).code).toBe(0);
    expect((await run('storescu', ['-aet', 'OTHER', ...to, ...files])).code).toBe(0);
    const digests = frames.map((frame) => frame.blobs![0]!.digest);
    expect(new Set(digests.slice(0, 20)).size).toBe(20);
    expect(digests.slice(20)).toEqual(digests.slice(0, 20));
  });

  test('what intake cannot commit is answered out of resources, what it refuses cannot be understood', async () => {
    const replies = [
      () => Promise.reject(new Fault('kernel.store.unavailable')),
      async () => ({ outcome: 'refused', reason: 'no patient 患者', results: [] }) as const,
      async () => ({ outcome: 'unwanted', results: [] }) as const,
      async () => ({ outcome: 'repeated', results: [] }) as const,
    ];
    const { to, folder, kinds } = await serve({ accept: () => replies.shift()!() });
    const store = async () =>
      (await run('storescu', ['-d', ...to, folder.write('a.dcm', makeInstance().file)])).output;
    expect(await store()).toMatch(/Refused: OutOfResources|0xa700/);
    const refused = await store();
    expect(refused).toMatch(/CannotUnderstand|0xc000/);
    expect(refused).toContain('no patient');
    expect(await store()).toMatch(/SOPClassNotSupported|0x0122/);
    expect(await store()).toContain('DIMSE Status                  : 0x0000: Success');
    expect(kinds()).toEqual(['intake-refused', 'image-refused', 'image-refused']);
  });

  test('titles that are not known are refused with the reason', async () => {
    const { listener, kinds } = await serve({ settings: { callingAe: ['SCOPE1'] } });
    const echo = (calling: string, called: string) =>
      run('echoscu', ['-aet', calling, '-aec', called, '127.0.0.1', String(listener.port)]);
    expect((await echo('SCOPE1', 'WRONG')).output).toContain('Called AE Title Not Recognized');
    expect((await echo('STRANGER', 'CYTOMESH')).output).toContain('Calling AE Title Not Recognized');
    expect((await echo('SCOPE1', 'CYTOMESH')).code).toBe(0);
    expect(kinds()).toEqual(['association-refused', 'association-refused']);
  });

  test('a message is cut to the longest unit of either side', async () => {
    const { to, folder, frames } = await serve({ settings: { maxPdu: 4096 } });
    const file = folder.write('a.dcm', makeInstance({ pixelBytes: 100_000 }).file);
    expect((await run('storescu', ['-pdu', '4096', ...to, file])).code).toBe(0);
    expect(frames).toHaveLength(1);
  });

  test('an image over the limit is refused, the next one of the association is taken', async () => {
    const { to, folder, frames, kinds } = await serve({ settings: { maxBytes: 100_000 } });
    const large = folder.write('1.dcm', makeInstance({ pixelBytes: 200_000 }).file);
    const small = folder.write('2.dcm', makeInstance().file);
    const { output } = await run('storescu', ['-v', '-nh', ...to, large, small]);
    expect(output).toMatch(/larger than|CannotUnderstand/);
    expect(output).toContain('(Success)');
    expect(frames).toHaveLength(1);
    expect(kinds()).toEqual(['image-refused']);
  });

  test('50 associations at once, each with an image', async () => {
    let now = 0;
    let most = 0;
    const { to, folder, frames, incidents } = await serve({
      accept: async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        return good;
      },
    });
    const file = folder.write('a.dcm', makeInstance({ pixelBytes: 200_000 }).file);
    const all = await Promise.all(Array.from({ length: 50 }, () => run('storescu', [...to, file])));
    expect(all.filter(({ code }) => code !== 0)).toEqual([]);
    expect(frames).toHaveLength(50);
    expect(incidents).toEqual([]);
  });

  test('a 64 MB image is kept whole', async () => {
    const { to, folder, frames } = await serve();
    const instance = makeInstance({ pixelBytes: 64 * 1024 * 1024 });
    const sent = await run('storescu', ['-v', ...to, folder.write('a.dcm', instance.file)]);
    expect(sent.code).toBe(0);
    expect(readPart10(frames[0]!.blobs![0]!.bytes)?.dataset.equals(instance.dataset)).toBe(true);
  });
});
