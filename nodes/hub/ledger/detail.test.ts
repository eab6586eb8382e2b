import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CanonicalOf } from '../../../contracts/message/canonical.ts';
import { messageActions } from '../../../contracts/message/message.actions.ts';
import { encodeText } from '../../../mappings/hl7v2/charset-encode.ts';
import { Hl7Message } from '../../../mappings/hl7v2/message.ts';
import { viewHl7 } from '../../../mappings/hl7v2/view.ts';
import { shownParts } from './detail.ts';
import { Room } from './room.ts';
import { ledgerForTests, orderMessage, type TestLedger } from './testing.ts';

let ledger: TestLedger;
beforeEach(async () => {
  ledger = await ledgerForTests();
});
afterEach(() => ledger?.close());

const get = (id: string) => ledger.mesh.call(messageActions.get, { id });

test('[INT-02] a GBK message is shown as bytes, text, segments, canonical form and result', async () => {
  const text = orderMessage('P1', 'A1', 'NK-P', '弢^珅質頫').replace('UNICODE UTF-8', 'GBK');
  const { bytes } = encodeText(text, 'GBK') as { bytes: Uint8Array };
  const row = await ledger.arrive(bytes);
  const { message, contents, canonical, context, deliveries, descendants } = await get(row.id);
  expect(message).toMatchObject({ state: 'DONE', charset: 'GBK', messageType: 'ORM^O01' });
  expect(Buffer.from(contents.raw!, 'base64').equals(bytes)).toBe(true);
  expect(contents).toMatchObject({ text, truncated: false });
  const pid = contents.segments.find((s) => s.name === 'PID')!;
  expect(pid.fields).toContainEqual({ position: 'PID-5.2', value: '珅質頫', null: false });
  expect(pid.fields).toContainEqual({ position: 'PID-3.1', value: 'P1', null: false });
  expect(canonical).toMatchObject([{ type: 'OrderPlaced', patient: { name: '弢珅質頫' } }]);
  expect(context).toEqual({ donorId: 'd1' });
  expect([deliveries, descendants]).toEqual([[], []]);
});

test('[EVA-05] who looked at a message is in the audit, what they saw is not', async () => {
  const row = await ledger.arrive(orderMessage('P1', 'A1'));
  await get(row.id);
  expect(await ledger.mesh.audits('message.view')).toMatchObject([
    { recordId: row.id, actor: 'user-test', before: null, after: null },
  ]);
  await expect(
    ledger.mesh.call(messageActions.get, { id: row.id }, ledger.as('org-mh')),
  ).rejects.toMatchObject({
    code: 'kernel.record.missing',
  });
  expect(await ledger.mesh.audits('message.view')).toHaveLength(1);
});

test('a forwarded message shows what was sent and the answer, decoded', async () => {
  const row = await ledger.arrive(orderMessage('P1', 'A1').replace('ORM^O01^ORM_O01', 'SIU^S12'));
  const [delivery] = await ledger.deliveriesOf(row.id);
  await ledger.mark(delivery!.id, { state: 'DELIVERED', reply: Buffer.from('MSH|^~\\&|A\rMSA|AA|1\r') });
  const { deliveries } = await get(row.id);
  expect(deliveries).toHaveLength(1);
  expect(deliveries[0]!.contents.text).toContain('测试^一');
  expect(deliveries[0]!.contents.segments[0]).toMatchObject({ name: 'MSH' });
  expect(deliveries[0]!.reply).toContain('MSA|AA|1');
});

test('what was refused because it could not be read is still shown as bytes', async () => {
  const row = await ledger.arrive(
    Buffer.from([0x4d, 0x53, 0x48, 0x7c, 0x5e, 0x7e, 0x5c, 0x26, 0x7c, 0xff, 0xff, 0x0d]),
  );
  expect(row).toMatchObject({ state: 'REFUSED', faultCode: 'hub.charset.undecodable' });
  const { contents } = await get(row.id);
  expect(Buffer.from(contents.raw!, 'base64')).toHaveLength(12);
  expect(contents).toMatchObject({ text: null, segments: [] });
});

test('an outbound message shows its canonical form and has no segments', async () => {
  const row = await ledger.leave(statusOf('A1'));
  const { contents, canonical, deliveries } = await get(row.id);
  expect(contents.segments).toEqual([]);
  expect(JSON.parse(contents.text!)).toEqual(canonical[0]);
  expect(deliveries[0]!.contents.segments.map((s) => s.name)).toContain('ORC');
});

test('a message too large to be shown whole says so', async () => {
  const note = `NTE|1||${'备注'.repeat(600_000)}`;
  const row = await ledger.arrive(`${orderMessage('P1', 'A1')}${note}\r`);
  const { contents } = await get(row.id);
  expect(contents.truncated).toBe(true);
  expect(contents.text!.length).toBe(1_000_000);
  expect(contents.segments.at(-1)!.raw.length).toBeLessThanOrEqual(4000);
});

test('positions are counted as the standard does, with repetitions, subcomponents, nulls and escapes', () => {
  const message = Hl7Message.parse('MSH|^~\\&|A\rPID|||1^^^H&O&ISO~2||""^x\\T\\y|||\r');
  const [msh, pid] = shownParts(viewHl7(message), new Room({ positions: 100, characters: 1000, bytes: 0 }));
  expect(msh!.fields).toEqual([
    { position: 'MSH-1', value: '|', null: false },
    { position: 'MSH-2', value: '^~\\&', null: false },
    { position: 'MSH-3', value: 'A', null: false },
  ]);
  expect(pid!.fields).toEqual([
    { position: 'PID-3(1).1', value: '1', null: false },
    { position: 'PID-3(1).4.1', value: 'H', null: false },
    { position: 'PID-3(1).4.2', value: 'O', null: false },
    { position: 'PID-3(1).4.3', value: 'ISO', null: false },
    { position: 'PID-3(2)', value: '2', null: false },
    { position: 'PID-5.1', value: '', null: true },
    { position: 'PID-5.2', value: 'x&y', null: false },
  ]);
});

test('positions end where there is no more room', () => {
  const message = Hl7Message.parse(`MSH|^~\\&|A\r${'OBX|1|ST\r'.repeat(100)}`);
  const room = new Room({ positions: 11, characters: 10_000, bytes: 0 });
  expect(shownParts(viewHl7(message), room).flatMap((s) => s.fields)).toHaveLength(11);
  expect(room.cut).toBe(true);
});

const statusOf = (placer: string): CanonicalOf<'StatusChanged'> => ({
  type: 'StatusChanged',
  patient: { identifiers: [{ number: 'P1' }] },
  placerNumber: { number: placer },
  fillerNumber: { number: 'O26-000001' },
  code: 'UCMSC-P',
  status: 'ACCEPTED',
});
