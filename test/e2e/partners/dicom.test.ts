import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readPart10 } from '../../../adapters/dicom/part10.ts';
import { eventually } from '../../fault/ward.ts';
import { describeWithDcmtk, Folder, freePort, run, startStoreScp } from '../../peers/dicom/dcmtk.ts';
import { type InstanceOptions, makeInstance } from '../../peers/dicom/instance.ts';
import { adt, MessageFactory, orm } from '../../peers/his/messages.ts';
import { HisSender } from '../../peers/his/sender.ts';
import { type RunningPlatform, runPlatform } from '../../platform.ts';
import { Engineer, type FoundOrder } from '../engineer.ts';

const factory = new MessageFactory({ seed: 23, charset: 'GB18030' });
const patient = factory.patient();
const placed = factory.order();
const key = 'a-key-for-this-run-only';

describeWithDcmtk('an imaging device and a PACS, both DCMTK', () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-e2e-dicom-'));
  const folder = new Folder();
  const pacs = new Folder();
  let platform: RunningPlatform;
  let engineer: Engineer;
  let order: FoundOrder;
  let stopPacs: (() => Promise<void>) | undefined;

  let dicomPort: number;
  /** A port that was free may be somebody's a moment later. */
  const start = async (): Promise<RunningPlatform> => {
    for (let tries = 1; ; tries++)
      try {
        return await runPlatform({ dataFolder, dicomPort });
      } catch (error) {
        if (tries === 5 || !String(error).includes('EADDRINUSE')) throw error;
      }
  };
  const to = (): string[] => ['-aec', 'CYTOMESH', '127.0.0.1', String(dicomPort)];
  const image = (options: InstanceOptions) => {
    const made = makeInstance({
      charset: 'GB18030',
      encoding: 'gb18030',
      patientId: patient.mrn,
      ...options,
    });
    return {
      ...made,
      pixels: options.pixelBytes ?? 64,
      path: folder.write(`${made.sopInstance}.dcm`, made.file),
    };
  };
  const stored = async (...paths: string[]): Promise<number | null> =>
    (await run('storescu', ['-aet', 'SCOPE1', ...to(), ...paths])).code;

  beforeAll(async () => {
    dicomPort = await freePort();
    platform = await start();
    const his = await HisSender.connect({ port: platform.mllpPort });
    await his.send(adt('A01', patient, factory.envelope()).bytes);
    await his.send(orm('NW', patient, placed, factory.envelope()).bytes);
    await his.end();
    const pacsPort = await freePort();
    stopPacs = await startStoreScp(pacsPort, ['-aet', 'PACS', '-od', pacs.path, '+B', '+xa']);
    engineer = await Engineer.at(platform);
    await engineer.connect('imaging/optional/pacs.endpoint.yaml', {}, (text) =>
      text.replace(/host: \S+, port: \d+/, `host: 127.0.0.1, port: ${pacsPort}`),
    );
    await engineer.connect('imaging/optional/imaging.endpoint.yaml');
    await engineer.connect('imaging/optional/imaging-forwarded-in.channel.yaml');
    await engineer.connect('lab-rest/optional/lab-rest.endpoint.yaml', { labKey: key });
    await engineer.connect('lab-rest/optional/lab-results-in.channel.yaml');
    order = await engineer.order(placed.placer);
    const planner = await Engineer.at(platform, 'planner');
    await planner.post(`/orders/${order.id}/actions/accept`, {}, { 'if-match': `"${order.version}"` });
  }, 90_000);
  afterAll(async () => {
    await platform?.kill();
    await stopPacs?.();
    for (const one of [folder, pacs]) one.remove();
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
  }, 30_000);

  test('[INT-01] [INT-02] the device verifies the connection and finds the accepted order in its worklist', async () => {
    expect((await run('echoscu', [...to()])).code).toBe(0);
    const { output } = await run('findscu', [
      ...['-v', '-W', '-aet', 'SCOPE1', ...to()],
      ...['AccessionNumber', 'PatientName', 'PatientID', '(0040,0100)[0].Modality'].flatMap((k) => ['-k', k]),
    ]);
    expect(output).toContain(order.number);
    expect(output).toContain(patient.mrn);
  }, 30_000);

  test('[INT-01] [INT-02] [INT-03] images by accession and by specimen stand at the order, byte for byte, and go on to the PACS', async () => {
    const labelled = await fetch(`http://127.0.0.1:${platform.interfacePort}/in/lab`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({
        kind: 'specimen',
        id: 'sp-1',
        system: 'LIS',
        order: { placer: placed.placer },
        specimen: { barcode: 'S-IMG', status: 'received' },
      }),
    });
    expect(labelled.status).toBe(200);
    const byNumber = image({ accession: order.number, description: '细胞涂片 400×', pixelBytes: 1_500_000 });
    const bySpecimen = image({ specimens: ['S-IMG'] });
    expect(await stored(byNumber.path, bySpecimen.path)).toBe(0);
    const facts = await engineer.facts(placed.placer, (all) => all.filter(isImage).length === 2);
    expect(facts.filter(isImage)).toMatchObject([
      { number: bySpecimen.sopInstance, status: 'SM' },
      { number: byNumber.sopInstance, title: '细胞涂片 400×', status: 'SM' },
    ]);
    const names = await eventually(
      async () => pacs.files(),
      (files) => files.length === 2,
      20_000,
    );
    const archived = names.map((name) => readPart10(readFileSync(join(pacs.path, name)))!);
    for (const sent of [byNumber, bySpecimen]) {
      const { id } = facts.find(({ number }) => number === sent.sopInstance)!;
      const { contents } = await engineer.get<{ contents: string }>(`/orders/${order.id}/facts/${id}`);
      const kept = readPart10(Buffer.from(contents, 'base64'))!.dataset;
      const inPacs = archived.find((one) => one.sopInstance === sent.sopInstance)!.dataset;
      expect(inPacs.equals(kept)).toBe(true);
      // storescu writes its sequences in its own way; the pixels are the device's.
      expect(kept.subarray(-sent.pixels).equals(sent.dataset.subarray(-sent.pixels))).toBe(true);
    }
  }, 60_000);

  test('[INT-02] an image of no order is kept and waits for a person; the device is not troubled', async () => {
    expect(await stored(image({ accession: 'NOBODY' }).path)).toBe(0);
    const { total } = await eventually(
      () => engineer.get<{ total: number }>('/messages?filter[endpoint]=imaging&filter[state]=PARKED'),
      (found) => found.total > 0,
      20_000,
    );
    expect(total).toBe(1);
  }, 30_000);

  test('[INT-01] [INT-02] [INT-03] killed while images come in: what was answered with success stands at the order, once', async () => {
    const images = Array.from({ length: 12 }, () => image({ accession: order.number, pixelBytes: 200_000 }));
    const sending = (async () => {
      for (const { path } of images)
        await eventually(
          () => stored(path),
          (code) => code === 0,
          60_000,
        );
    })();
    for (let i = 0; i < 2; i++) {
      await new Promise((resolve) => setTimeout(resolve, 150 + 170 * i));
      await platform.kill('SIGKILL');
      platform = await start();
    }
    await sending;
    engineer = await Engineer.at(platform);
    const wanted = new Set(images.map(({ sopInstance }) => sopInstance));
    const facts = await engineer.facts(
      placed.placer,
      (all) => all.filter(({ number }) => wanted.has(number)).length >= 12,
    );
    expect(facts.filter(({ number }) => wanted.has(number)).length).toBe(12);
  }, 150_000);

  test('[INT-02] [QUA-4.1.5] an image of another patient under the number of an order does not come to the order', async () => {
    const wrong = image({ accession: order.number, patientId: 'SOMEBODY-ELSE' });
    expect(await stored(wrong.path)).toBe(0);
    await eventually(
      () => engineer.get<{ total: number }>('/messages?filter[faultCode]=order.patient.mismatch'),
      (found) => found.total === 1,
      20_000,
    );
    const facts = await engineer.facts(placed.placer, (all) => all.length > 0);
    expect(facts.map(({ number }) => number)).not.toContain(wrong.sopInstance);
  }, 30_000);
});

const isImage = ({ kind }: { kind: string }): boolean => kind === 'ImageStored';
