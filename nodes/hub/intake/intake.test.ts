import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Reply } from '../../../contracts/adapter/port.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import {
  messageBodyTable,
  messageKeyTable,
  messageTable,
} from '../../../contracts/message/message.record.ts';
import { kitForTests, type TestKit } from '../../kit/testing/kit-for-tests.ts';
import type { Book } from '../book.ts';
import { Journal } from '../ledger/journal.ts';
import { bookOf, channelText, endpointText, frameOf, hl7, org } from '../testing.ts';
import { Intake, type Kept } from './intake.ts';

const endpoint = (more: readonly string[] = []) =>
  endpointText('his', ['listen: { port: 1 }', 'ack: { mode: auto, unrouted: accept }', ...more]);
const channel = channelText('adt', 'his', 'ADT^*', ['map: his-adt', 'calls: [donor.receive]']);

let mesh: TestKit;
let book: Book;
let journal: Journal;
let kept: Kept[][];
let acknowledged: [string, string][];
/** Runs before each commit; a throw fails it. */
let before: () => void | Promise<void>;
let commits: number;

beforeAll(async () => {
  mesh = await kitForTests([]);
});
afterAll(() => mesh.close());
beforeEach(() => {
  book = bookOf(endpoint(), channel);
  [kept, acknowledged, commits] = [[], [], 0];
  before = () => undefined;
  journal = new Journal(mesh.databases.main, mesh.kit.vault);
  const contents = journal.insertContents.bind(journal);
  journal.insertContents = async (sql, rows) => {
    commits++;
    await contents(sql, rows);
    await before();
  };
});
const intake = () =>
  new Intake({
    journal,
    clock: mesh.clock.read,
    log: mesh.kit.log,
    book: () => book,
    blobs: async () => undefined,
    kept: (messages) => kept.push([...messages]),
    acknowledged: (id, ack) => acknowledged.push([id, ack]),
  });
const accept = (one: Intake, text: string, more = {}) =>
  one.accept(book.endpoint(org, 'his')!, frameOf(text, more));
const text = (reply: Reply) => (reply.bytes ? Buffer.from(reply.bytes).toString() : '');
const row = async (controlId: string) =>
  mesh.kit.find(messageTable, 'system', { controlId }, { orderBy: 'seq' });

test('[INT-02] the acknowledgement comes after the commit, and the bytes are in the journal then', async () => {
  let seen: unknown[] | undefined;
  before = () => expect(seen).toBeUndefined();
  const raw = hl7({ control: 'I-1', patient: 'P-1' });
  const reply = await accept(intake(), raw);
  seen = await row('I-1');
  expect(text(reply)).toContain('MSA|AA|I-1');
  expect(seen).toMatchObject([
    {
      state: 'RECEIVED',
      ack: 'PENDING',
      ackCode: 'AA',
      direction: 'in',
      endpoint: 'his',
      channel: 'adt',
      peer: '10.0.0.1:4000',
      lane: 'P-1',
      doneAt: null,
      size: Buffer.byteLength(raw),
    },
  ]);
  const { id } = (await row('I-1'))[0]!;
  const [body] = await mesh.kit.find(messageBodyTable, 'system', { id });
  expect(Buffer.from(body!.raw).toString()).toBe(raw);
  expect(await mesh.kit.find(messageKeyTable, 'system', { messageId: id })).not.toEqual([]);
});

test('[INT-02] what cannot be committed is not acknowledged, not kept, and told to nobody; later frames are', async () => {
  const one = intake();
  before = () => {
    throw new Fault('kernel.store.full');
  };
  const results = await Promise.allSettled(
    ['F-1', 'F-2', 'F-3'].map((control) => accept(one, hl7({ control }))),
  );
  for (const r of results) {
    expect(r.status).toBe('rejected');
    expect((r as PromiseRejectedResult).reason).toMatchObject({
      kind: 'transient',
      code: 'kernel.store.full',
    });
  }
  for (const control of ['F-1', 'F-2', 'F-3']) expect(await row(control)).toEqual([]);
  expect(kept).toEqual([]);
  expect(one.trouble).toBe('kernel.store.full');
  before = () => undefined;
  expect(text(await accept(one, hl7({ control: 'F-1' })))).toContain('MSA|AA|F-1');
  await new Promise((resolve) => setImmediate(resolve));
  expect(one.trouble).toBeUndefined();
  expect(await row('F-1')).toHaveLength(1);
});

test('[INT-02] any failure of the commit is a passing one to the peer, who sends again', async () => {
  before = () => {
    throw new TypeError('our bug');
  };
  await expect(accept(intake(), hl7())).rejects.toMatchObject({ kind: 'transient' });
});

test('[INT-02] frames that come while a commit is on share the next one, in the order they came', async () => {
  const one = intake();
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  before = () => gate;
  const first = accept(one, hl7({ control: 'G-0' }));
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  const rest = Array.from({ length: 50 }, (_, i) => accept(one, hl7({ control: `G-${i + 1}` })));
  open();
  const replies = await Promise.all([first, ...rest]);
  expect(replies.map((r) => /MSA\|AA\|(G-\d+)/.exec(text(r))?.[1])).toEqual(
    Array.from({ length: 51 }, (_, i) => `G-${i}`),
  );
  expect(commits).toBe(2);
  expect(kept.map((batch) => batch.length)).toEqual([1, 50]);
  const all = kept.flat().map((k) => k.row);
  expect(all.map((r) => r.controlId)).toEqual(Array.from({ length: 51 }, (_, i) => `G-${i}`));
  for (const [i, r] of all.entries()) {
    expect(await row(`G-${i}`)).toMatchObject([{ id: r.id, seq: r.seq }]);
    if (i) expect(r.seq).toBeGreaterThan(all[i - 1]!.seq);
  }
});

test('a commit has its size: large frames are spread over several', async () => {
  const one = intake();
  const large = (control: string) => hl7({ control, more: [`NTE|1||${'x'.repeat(6_000_000)}`] });
  await Promise.all(['L-1', 'L-2', 'L-3', 'L-4'].map((control) => accept(one, large(control))));
  expect(commits).toBe(2);
});

test('a duplicate is kept and answered as the first was, and not handled again', async () => {
  book = bookOf(endpoint(['duplicate: { match: content, withinHours: 1 }']), channel);
  const one = intake();
  const raw = hl7({ control: 'D-1' });
  const [a, b] = await Promise.all([accept(one, raw), accept(one, raw)]);
  const c = await accept(one, raw);
  for (const reply of [a, b, c]) expect(text(reply)).toContain('MSA|AA|D-1');
  expect((await row('D-1')).map((r) => r.state)).toEqual(['RECEIVED', 'DUPLICATE', 'DUPLICATE']);
  expect((await row('D-1'))[1]!.doneAt).not.toBeNull();
  mesh.clock.advance(2 * 3_600_000);
  await accept(one, raw, { receivedAt: mesh.clock.now });
  expect((await row('D-1')).map((r) => r.state).at(-1)).toBe('RECEIVED'); // beyond the window of the endpoint
});

test('what was refused is no reason to take a sound one for a duplicate; without a policy nothing is one', async () => {
  book = bookOf(endpoint(['duplicate: { match: content }']), channel);
  const raw = hl7({ control: 'D-2', type: '' });
  const one = intake();
  await accept(one, raw);
  await accept(one, raw);
  expect((await row('D-2')).map((r) => r.state)).toEqual(['REFUSED', 'REFUSED']);
  book = bookOf(endpoint(), channel);
  await accept(one, hl7({ control: 'D-3' }));
  await accept(one, hl7({ control: 'D-3' }));
  expect((await row('D-3')).map((r) => r.state)).toEqual(['RECEIVED', 'RECEIVED']);
});

test('the peer got its acknowledgement or did not: noted of each message that owed one', async () => {
  const one = intake();
  const sent = await accept(one, hl7({ control: 'W-1' }));
  sent.written!('sent');
  const failed = await accept(one, hl7({ control: 'W-2' }));
  failed.written!('failed');
  const none = await accept(one, hl7({ control: 'W-3', msh15: 'NE', msh16: 'NE' }));
  expect(none.bytes).toBeUndefined();
  expect(none.outcome).toBe('kept');
  const id = async (control: string) => (await row(control))[0]!.id;
  expect(acknowledged).toEqual([
    [await id('W-1'), 'SENT'],
    [await id('W-2'), 'FAILED'],
  ]);
  expect((await row('W-3'))[0]!.ack).toBe('NOT_OWED');
});

test('a later answer is promised with the first and comes when the message was handled', async () => {
  const reply = await accept(intake(), hl7({ control: 'E-1', msh15: 'AL', msh16: 'AL' }));
  expect(text(reply)).toContain('MSA|CA|E-1');
  const message = kept.flat()[0]!;
  message.handled!('HELD');
  message.handled!('DONE');
  expect(Buffer.from((await reply.later)!).toString()).toContain('MSA|AA|E-1');
});
