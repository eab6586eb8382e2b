import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { channelActions } from '../../contracts/channel/channel.actions.ts';
import { channelRecord } from '../../contracts/channel/channel.record.ts';
import { definitionActions } from '../../contracts/channel/definition.actions.ts';
import { draftActions } from '../../contracts/channel/draft.actions.ts';
import { goldenSampleActions } from '../../contracts/channel/golden-sample.actions.ts';
import { publicationActions } from '../../contracts/channel/publication.actions.ts';
import { messageOutcomeTable } from '../../contracts/message/message.record.ts';
import { orderMessage } from '../../nodes/hub/ledger/testing.ts';
import { systemCaller } from '../../nodes/kit/caller.ts';
import { second, type Workshop, workshop } from './workshop.ts';

let shop: Workshop;
beforeAll(async () => {
  shop = await workshop();
});
afterAll(() => shop?.close());

const imc = { as: { orgId: 'org-mh' } };
const mappingOf = async (message: { id: string }) =>
  (await shop.kit.find(messageOutcomeTable, 'system', { id: message.id }))[0]?.mapping;
/** Another name of the item: a change that samples see. */
const changed = (text: string): string =>
  text.replace('name: { from: OBR-4.2, do: [trim: true, max: 200] }', 'name: { value: changed }');

describe('[ARC-15] [INT-02] definitions', () => {
  test('the list has endpoints, channels, and shipped mappings without a row', async () => {
    const { items } = await shop.call(definitionActions.list, {});
    expect(items.find((d) => d.id === 'his-orders')).toMatchObject({
      kind: 'mapping',
      channelId: null,
      published: 0,
      shipped: true,
    });
    expect(items.find((d) => d.id === 'his-orders-in')).toMatchObject({ kind: 'in', published: 1 });
    const { usedBy, text, shippedText } = await shop.call(definitionActions.get, { id: 'his-orders' });
    expect(usedBy).toEqual(['his-orders-in']);
    expect(text).toBe(shippedText);
    await expect(shop.call(definitionActions.get, { id: 'no-such' })).rejects.toMatchObject({
      code: 'kernel.record.missing',
    });
  });

  test('the golden samples of every shipped mapping in use are green as shipped', async () => {
    const { items } = await shop.call(definitionActions.list, {});
    const red: string[] = [];
    let green = 0;
    for (const { id } of items.filter((d) => d.kind === 'mapping')) {
      const text = await shop.textOf(id);
      const { problems, checks } = await shop.call(definitionActions.check, { texts: [text] });
      expect([id, problems]).toEqual([id, []]);
      for (const c of checks) {
        if (c.state === 'green') green++;
        else red.push(`${c.definition}/${c.name} ${c.differences[0]?.path}`);
      }
    }
    expect(red).toEqual([]);
    expect(green).toBeGreaterThan(150);
  });

  test('a text with mistakes is told by line, column, path and reason', async () => {
    const text = (await shop.textOf('his-orders')).replace('direction: in', 'direction: in\nsurprise: 1');
    const { problems, result } = await shop.call(definitionActions.preview, { texts: [text] });
    const line = text.split('\n').indexOf('surprise: 1') + 1;
    expect(problems).toEqual([{ line, column: 1, path: 'surprise', reason: 'unknown key "surprise"' }]);
    expect(result).toBeNull();
    const channel = (await shop.textOf('his-orders-in')).replace('map: his-orders', 'map: nothing');
    const linked = await shop.call(definitionActions.preview, { texts: [channel] });
    expect(linked.problems[0]).toMatchObject({ path: 'map', reason: 'no mapping named "nothing"' });
    expect(linked.problems[0]!.line).toBe(channel.split('\n').findIndex((l) => l.startsWith('map:')) + 1);
  });

  test('a draft is kept for its definition, and nobody overwrites what another has saved', async () => {
    const first = await shop.call(draftActions.saveDraft, {
      id: 'his-adt',
      text: 'mapping: his-adt\n# half done',
      baseVersion: 0,
      draft: 0,
    });
    const { draft } = await shop.call(definitionActions.get, { id: 'his-adt' });
    expect(draft).toMatchObject({ text: 'mapping: his-adt\n# half done', updatedBy: 'user-test' });
    const theirs = { id: 'his-adt', text: 'mapping: his-adt', baseVersion: 0, draft: 0 };
    await expect(shop.call(draftActions.saveDraft, theirs, second)).rejects.toMatchObject({
      code: 'kernel.record.stale',
      data: { by: 'user-test' },
    });
    await shop.call(draftActions.saveDraft, { ...theirs, draft: first.version }, second);
    await shop.call(draftActions.dropDraft, { id: 'his-adt' });
    expect((await shop.call(definitionActions.get, { id: 'his-adt' })).draft).toBeNull();
    expect((await shop.call(definitionActions.get, { id: 'his-adt' }, imc)).draft).toBeNull();
  });

  test('preview shows what a sample becomes, what is called, and what differs from what it must be', async () => {
    const text = await shop.textOf('his-orders');
    const sample = 'shipped/his-orders/orm-new-rich';
    const same = await shop.call(definitionActions.preview, { texts: [text], sample });
    expect(same).toMatchObject({
      differences: [],
      expected: true,
      result: { outcome: 'mapped', messageType: 'ORM^O01', calls: ['donor.receive', 'order.receive'] },
    });
    expect(same.result!.segments[0]!.name).toBe('MSH');
    const other = await shop.call(definitionActions.preview, { texts: [changed(text)], sample });
    expect(other.problems).toEqual([]);
    expect(other.differences.map((d) => d.path)).toContain('[0].order.name');
  });
});

describe('[INT-02] publishing', () => {
  test('red samples refuse, by name and field path; mended ones let the mapping into force, for one organisation', async () => {
    const shipped = await shop.textOf('his-orders');
    const items = [{ text: changed(shipped), baseVersion: 0 }];
    await expect(shop.call(publicationActions.submit, { items })).rejects.toMatchObject({
      code: 'channel.sample.failed',
      data: { sample: expect.stringContaining('his-orders/'), path: '[0].order.name' },
    });
    const before = await shop.arrive(orderMessage('P1', 'A1'));
    expect(before).toMatchObject({ state: 'DONE', channel: 'his-orders-in', channelVersion: 1 });
    expect(await mappingOf(before)).toBe('his-orders@0');

    const { checks } = await shop.call(definitionActions.check, { texts: [items[0]!.text] });
    for (const { id, state } of checks)
      if (state === 'red') await shop.call(goldenSampleActions.accept, { id, texts: [items[0]!.text] });
    const published = await shop.call(publicationActions.submit, { items, note: '加备注' });
    expect(published).toMatchObject({ state: 'PUBLISHED', code: 'his-orders' });
    expect((await shop.call(definitionActions.get, { id: 'his-orders' })).definition).toMatchObject({
      published: 1,
      shipped: true,
    });
    const after = await shop.arrive(orderMessage('P1', 'A2'));
    expect(await mappingOf(after)).toBe('his-orders@1');
    expect(shop.applied.at(-1)!.message).toMatchObject({ order: { name: 'changed' } });
    expect((await shop.call(definitionActions.get, { id: 'his-orders' }, imc)).definition.published).toBe(0);
  });

  test('a text written for an older version is refused', async () => {
    const text = await shop.textOf('his-orders');
    await expect(
      shop.call(publicationActions.submit, { items: [{ text, baseVersion: 0 }] }),
    ).rejects.toMatchObject({ code: 'kernel.record.stale' });
    const { newerVersion } = await shop.call(definitionActions.preview, { texts: [text], baseVersion: 0 });
    expect(newerVersion).toBe(1);
  });

  test('rolling back to the shipped one needs a reason where samples are red, and is audited', async () => {
    const call = { id: 'his-orders', to: 0 };
    await expect(shop.call(definitionActions.rollback, call)).rejects.toMatchObject({
      code: 'channel.sample.failed',
    });
    await expect(shop.call(definitionActions.rollback, { ...call, despite: true })).rejects.toMatchObject({
      code: 'kernel.machine.reason',
    });
    const back = await shop.call(definitionActions.rollback, { ...call, despite: true, reason: '夜班回退' });
    expect(back).toMatchObject({ published: 0 });
    expect(await mappingOf(await shop.arrive(orderMessage('P1', 'A3')))).toBe('his-orders@0');
    expect((await shop.audits('channel.rollbackDespite')).at(-1)).toMatchObject({ reason: '夜班回退' });
    const { channelId } = back;
    await expect(shop.call(channelActions.start, { id: channelId! })).rejects.toMatchObject({
      code: 'kernel.record.missing',
    });
    const again = await shop.call(definitionActions.rollback, { id: 'his-orders', to: 1 });
    expect(again.published).toBe(2);
    expect(await mappingOf(await shop.arrive(orderMessage('P1', 'A4')))).toBe('his-orders@2');
  });

  test('with a second person the submitter cannot approve, another can, and the direct way is closed', async () => {
    await shop.call(publicationActions.setPolicy, { secondPerson: true, reason: '受控' });
    const { definition, text } = await shop.call(definitionActions.get, { id: 'his-adt-in' });
    const noted = `${text}# reviewed\n`;
    const waiting = await shop.call(publicationActions.submit, {
      items: [{ text: noted, baseVersion: definition.published }],
      note: '加注释',
    });
    expect(waiting).toMatchObject({ state: 'PENDING', decidedBy: '' });
    expect(await shop.textOf('his-adt-in')).toBe(text);
    const { id } = waiting;
    await expect(shop.call(publicationActions.approve, { id, reason: '' })).rejects.toMatchObject({
      code: 'channel.publication.own',
    });
    await expect(
      shop.call(channelActions.publish, { id: definition.channelId!, text: noted }),
    ).rejects.toMatchObject({ code: 'channel.publication.approval' });
    await expect(shop.call(publicationActions.approve, { id, reason: '' }, imc)).rejects.toMatchObject({
      code: 'kernel.record.missing',
    });
    const { checks } = await shop.call(publicationActions.get, { id }, second);
    expect(checks.every((c) => c.state === 'green')).toBe(true);
    expect(await shop.call(publicationActions.approve, { id, reason: '已核对' }, second)).toMatchObject({
      state: 'PUBLISHED',
      decidedBy: 'user-second',
      reason: '已核对',
    });
    expect(await shop.textOf('his-adt-in')).toBe(noted);
    await expect(shop.call(publicationActions.reject, { id, reason: 'x' }, second)).rejects.toMatchObject({
      code: 'channel.publication.decided',
    });
    expect((await shop.audits('publication.approve')).length).toBe(1);
    await shop.call(publicationActions.setPolicy, { secondPerson: false, reason: '测试结束' });
  });

  test('what would no longer fit a channel in force is refused with the channel’s name', async () => {
    const out = (await shop.textOf('his-results')).replace('reads: ResultReported', 'reads: StatusChanged');
    const { problems } = await shop.call(definitionActions.preview, { texts: [out] });
    expect(problems.length).toBeGreaterThan(0);
    const endpoint = (await shop.textOf('his-out')).replace(/^send:/m, 'listen:');
    const lost = await shop.call(definitionActions.preview, { texts: [endpoint] });
    expect(lost.problems.map((p) => p.reason).join('; ')).toMatch(
      /channel "his-[a-z-]+-out" in force|needs "ack"/,
    );
  });
});

test('[INT-02] where a mapping in force is no longer valid, what its channel takes is parked, and goes on once it is mended', async () => {
  const [row] = await shop.kit.find(channelRecord, { orgId: 'org-hy' }, { code: 'his-orders' });
  const put = async (text: string): Promise<void> => {
    await shop.kit.work({ caller: systemCaller('test', 'org-hy'), requestId: 'r' }, async (work) => {
      const [now] = await work.load(channelRecord, { id: row!.id });
      work.update(channelRecord, now!, { text });
    });
    await shop.hub.reload();
  };
  await put(row!.text.replace('code: product', 'code: no-such-table'));
  const parked = await shop.arrive(orderMessage('P5', 'Z1'));
  expect(parked).toMatchObject({
    state: 'PARKED',
    channel: 'his-orders-in',
    faultCode: 'hub.mapping.failed',
  });
  const { definition } = await shop.call(definitionActions.get, { id: 'his-orders-in' });
  expect(definition.problem).toContain('no-such-table');
  const { problems, checks } = await shop.call(definitionActions.check, { texts: [row!.text] });
  expect([problems, checks.filter((c) => c.state === 'red')]).toEqual([[], []]);
  await put(row!.text);
  expect(await shop.arrive(orderMessage('P6', 'Z2'))).toMatchObject({ state: 'DONE' });
});
