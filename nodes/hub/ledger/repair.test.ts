import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { messageActions } from '../../../contracts/message/message.actions.ts';
import { encodeText } from '../../../mappings/hl7v2/charset-encode.ts';
import { ledgerForTests, orderMessage, type TestLedger } from './testing.ts';

let ledger: TestLedger;
beforeEach(async () => {
  ledger = await ledgerForTests();
});
afterEach(() => ledger?.close());

const reason = '更正项目代码';
const repair = (id: string, text: string) => ledger.mesh.call(messageActions.repair, { id, reason, text });

test('[ARC-11] a repaired message takes effect before all that was held behind its original', async () => {
  const text = orderMessage('P1', 'A1', 'NEW-1');
  const parked = await ledger.arrive(text);
  await ledger.arrive(orderMessage('P1', 'A2'));
  const last = await ledger.arrive(orderMessage('P1', 'A3'));
  const made = await repair(parked.id, text.replace('NEW-1', 'NK-P').replaceAll('\r', '\n'));
  expect(made).toMatchObject({
    seq: parked.seq,
    originId: parked.id,
    originKind: 'repair',
    state: 'RECEIVED',
    ack: 'NOT_OWED',
  });
  await ledger.idle();
  expect(ledger.words.orders).toEqual(['A1', 'A2', 'A3']);
  expect((await ledger.one(last.id)).state).toBe('DONE');
});

test('[INT-02] the original stays as it came: bytes, times, acknowledgement, keys', async () => {
  const text = orderMessage('P1', 'A1', 'NEW-1');
  const parked = await ledger.arrive(text);
  ledger.clock.advance(1000);
  const made = await repair(parked.id, text.replace('NEW-1', 'NK-P'));
  await ledger.idle();
  const { message, contents, descendants } = await ledger.mesh.call(messageActions.get, { id: parked.id });
  expect(message).toMatchObject({
    state: 'REPAIRED',
    receivedAt: parked.receivedAt,
    ack: parked.ack,
    ackCode: 'AA',
    faultCode: 'codeset.code.unmapped',
  });
  expect(Buffer.from(contents.raw!, 'base64').toString()).toBe(text);
  expect(descendants.map((d) => d.id)).toEqual([made.id]);
  const { items } = await ledger.mesh.call(messageActions.list, { key: 'A1' });
  expect(items.map((i) => i.id)).toEqual([made.id, parked.id]);
  expect((await ledger.arrive(text)).state).toBe('DUPLICATE');
});

test('what the original did in part does not hide what was corrected', async () => {
  const text = orderMessage('P1', 'A1');
  ledger.words.refuse = () => true;
  const parked = await ledger.arrive(text);
  ledger.words.refuse = () => false;
  await repair(parked.id, text.replace('测试^一', '测试^二'));
  await ledger.idle();
  expect(ledger.words.donors.map((d) => d.patient.name)).toEqual(['测试一', '测试二']);
  expect(ledger.words.orders).toEqual(['A1']);
});

test('a repair that names another patient frees the old lane and keeps to the new one', async () => {
  const text = orderMessage('P1', 'A1', 'NEW-1');
  const parked = await ledger.arrive(text);
  await ledger.arrive(orderMessage('P1', 'A2'));
  const made = await repair(parked.id, text.replace('NEW-1', 'NK-P').replace('P1^^^HIS', 'P2^^^HIS'));
  expect(made.lane).toBe('P2');
  await ledger.idle();
  expect(ledger.words.orders.toSorted()).toEqual(['A1', 'A2']);
});

test('the repaired bytes are written in the charset of the original, and refused where they cannot be', async () => {
  const text = orderMessage('P1', 'A1', 'NEW-1', '弢^珅').replace('UNICODE UTF-8', 'GBK');
  const encoded = encodeText(text, 'GBK') as { bytes: Uint8Array };
  const parked = await ledger.arrive(encoded.bytes);
  expect(parked).toMatchObject({ charset: 'GBK', state: 'PARKED' });
  await expect(repair(parked.id, text.replace('弢', '😀'))).rejects.toMatchObject({
    code: 'kernel.params.invalid',
  });
  const fixed = text.replace('NEW-1', 'NK-P');
  const made = await repair(parked.id, fixed);
  const { contents } = await ledger.mesh.call(messageActions.get, { id: made.id });
  expect(Buffer.from(contents.raw!, 'base64')).toEqual(
    Buffer.from((encodeText(fixed, 'GBK') as { bytes: Uint8Array }).bytes),
  );
  expect(contents.text).toBe(fixed);
});

test('a refused message is repaired into one that queues as if it came now; what is still unsound is refused again', async () => {
  const text = orderMessage('P1', 'A1')
    .replace('|MSG', '||')
    .replace(/\|\|(\d+)\|P\|2.4/, '||P|2.4');
  const refusedRow = await ledger.arrive(text);
  expect(refusedRow).toMatchObject({ state: 'REFUSED', faultCode: 'hub.message.unsound' });
  const next = await ledger.arrive(orderMessage('P1', 'A2'));
  await expect(repair(refusedRow.id, text.replace('A1', 'A9'))).rejects.toMatchObject({
    code: 'hub.message.unsound',
  });
  await expect(repair(refusedRow.id, 'not a message')).rejects.toMatchObject({ code: 'hub.message.unsound' });
  const made = await repair(refusedRow.id, orderMessage('P1', 'A1'));
  expect(made.seq).toBeGreaterThan(next.seq);
  await ledger.idle();
  expect(ledger.words.orders).toEqual(['A2', 'A1']);
  expect((await ledger.one(refusedRow.id)).state).toBe('REPAIRED');
});

test('what was handled, or two messages in one text, cannot be a repair', async () => {
  const done = await ledger.arrive(orderMessage('P1', 'A1'));
  await expect(repair(done.id, orderMessage('P1', 'A1'))).rejects.toMatchObject({
    code: 'message.state.refused',
  });
  const parked = await ledger.arrive(orderMessage('P2', 'B1', 'NEW-1'));
  await expect(repair(parked.id, orderMessage('P2', 'B1') + orderMessage('P2', 'B2'))).rejects.toMatchObject({
    code: 'hub.message.unsound',
  });
  expect((await ledger.one(parked.id)).state).toBe('PARKED');
});
