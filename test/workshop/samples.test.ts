import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { definitionActions } from '../../contracts/channel/definition.actions.ts';
import { goldenSampleActions } from '../../contracts/channel/golden-sample.actions.ts';
import { publicationActions } from '../../contracts/channel/publication.actions.ts';
import { encodeText } from '../../mappings/hl7v2/charset-encode.ts';
import { second, type Workshop, workshop } from './workshop.ts';

let shop: Workshop;
beforeAll(async () => {
  shop = await workshop();
});
afterAll(() => shop?.close());

const imc = { as: { orgId: 'org-mh' } };
const message = [
  'MSH|^~\\&|HIS|HOSP|LAB|CELL|20260302090000||ADT^A08|C77|P|2.4|||||CHN|GB 18030-2000',
  'PID|1||20260077^^^HIS^MR||欧阳晓琳||19800203|F|||杭州市西湖区文一路1号||13912345678|||||||330106198002031234',
  'NK1|1|欧阳国强|FTH||13800001111',
  'PV1|1|I|W1^^01||||D01^李医生||||||||||||V2026007',
  '',
].join('\r');
const bytesOf = (text: string): Uint8Array => {
  const made = encodeText(text, 'GB18030');
  if (made.problem) throw new Error('not to be written');
  return made.bytes;
};
const personal = [
  '20260077',
  '欧阳晓琳',
  '19800203',
  '文一路',
  '13912345678',
  '330106198002031234',
  '欧阳国强',
  '13800001111',
  'V2026007',
  '李医生',
];
const contentOf = async (id: string) => {
  const row = await shop.call(goldenSampleActions.get, { id });
  return new TextDecoder('gb18030').decode(Buffer.from(row.bytes, 'base64'));
};

describe('[ARC-15] [INT-02] a sample in one click', () => {
  test('from a message: personal data is replaced by data of the same shape, the same by the same', async () => {
    const { id } = await shop.arrive(bytesOf(message));
    const sample = await shop.call(goldenSampleActions.create, { message: id });
    expect(sample).toMatchObject({
      definition: 'his-adt',
      name: 'ADT^A08 C77',
      origin: 'message',
      originId: id,
      pseudonymised: true,
      expected: null,
    });
    const text = await contentOf(sample.id);
    expect(personal.filter((p) => text.includes(p))).toEqual([]);
    expect(text).toMatch(/PID\|1\|\|\d{8}\^\^\^HIS\^MR\|\|[\u4e00-\u9fff]{4}\|\|1980\d{4}\|F/);
    const again = await shop.call(goldenSampleActions.create, { message: id });
    expect(again.name).toBe('ADT^A08 C77 2');
    expect(await contentOf(again.id)).toBe(text);
    const theirs = await shop.call(definitionActions.preview, {
      texts: [await shop.textOf('his-adt')],
      sample: sample.id,
    });
    expect(theirs).toMatchObject({ expected: false, result: { outcome: 'mapped' } });
  });

  test('personal data stays only with a reason, which is audited', async () => {
    const { id } = await shop.arrive(bytesOf(message.replace('C77', 'C78')));
    const sample = await shop.call(goldenSampleActions.create, { message: id, keep: '复现姓名截断问题' });
    expect(sample.pseudonymised).toBe(false);
    expect(await contentOf(sample.id)).toContain('欧阳晓琳');
    expect(await shop.audits('goldenSample.keepPersonal')).toMatchObject([{ reason: '复现姓名截断问题' }]);
    expect(await shop.audits('goldenSample.view')).toHaveLength(1);
    await shop.call(goldenSampleActions.remove, { id: sample.id, reason: '用完' });
  });

  test('from a wire capture: the frame is opened and the message kept', async () => {
    const framed = Buffer.concat([Buffer.from([0x0b]), bytesOf(message), Buffer.from([0x1c, 0x0d])]);
    const sample = await shop.call(goldenSampleActions.create, {
      bytes: framed.toString('base64'),
      connection: 'his#4',
      endpoint: 'his',
    });
    expect(sample).toMatchObject({
      definition: 'his-adt',
      origin: 'capture',
      originId: 'his#4',
      pseudonymised: true,
    });
    const text = await contentOf(sample.id);
    expect(text.startsWith('MSH|')).toBe(true);
    expect(personal.filter((p) => text.includes(p))).toEqual([]);
  });

  test('what cannot be read is refused, as nobody knows what in it is personal', async () => {
    const call = { definition: 'his-adt', bytes: Buffer.from('PID|1|half').toString('base64') };
    await expect(shop.call(goldenSampleActions.create, call)).rejects.toMatchObject({
      code: 'channel.sample.malformed',
    });
    await expect(
      shop.call(goldenSampleActions.create, { definition: 'his-adt', bytes: '' }),
    ).rejects.toMatchObject({
      code: 'channel.sample.malformed',
    });
    const unseen = { as: { permissions: ['channel.publish'] } };
    const { id } = await shop.arrive(bytesOf(message.replace('C77', 'C79')));
    await expect(shop.call(goldenSampleActions.create, { message: id }, unseen)).rejects.toMatchObject({
      code: 'user.permission.missing',
    });
  });

  test('another organisation sees neither the samples nor the message they are from', async () => {
    const { items } = await shop.call(goldenSampleActions.list, {});
    expect(items.length).toBeGreaterThan(1);
    expect((await shop.call(goldenSampleActions.list, {}, imc)).items).toEqual([]);
    const { id, originId } = items.find((s) => s.origin === 'message')!;
    for (const call of [
      shop.call(goldenSampleActions.get, { id }, imc),
      shop.call(goldenSampleActions.accept, { id }, imc),
      shop.call(goldenSampleActions.create, { message: originId }, imc),
    ])
      await expect(call).rejects.toMatchObject({ code: 'kernel.record.missing' });
  });

  test('once its result is accepted it guards the channels that use the mapping', async () => {
    const { items } = await shop.call(goldenSampleActions.list, { definition: 'his-adt' });
    const own = items.find((s) => s.name === 'ADT^A08 C77')!;
    const shipped = items.filter((s) => s.shipped).length;
    expect(shipped).toBeGreaterThan(10);
    await shop.call(goldenSampleActions.accept, { id: own.id, reason: '与 HIS 核对' }, second);
    const { text } = await shop.call(definitionActions.get, { id: 'his-adt-in' });
    const noted = { text: `${text}# v2\n`, baseVersion: 1 };
    await shop.call(publicationActions.submit, { items: [noted] });
    const broken = (await shop.textOf('his-adt')).replace('sex: { from: PID-8.1', 'sex: { from: PID-9.1');
    const { checks } = await shop.call(definitionActions.check, { texts: [broken] });
    expect(checks.find((c) => c.id === own.id)).toMatchObject({
      state: 'red',
      differences: [{ path: '[0].patient.sex' }],
    });
  });
});
