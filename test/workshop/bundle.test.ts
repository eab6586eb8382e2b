import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundleActions } from '../../contracts/channel/bundle.actions.ts';
import { definitionActions } from '../../contracts/channel/definition.actions.ts';
import { goldenSampleActions } from '../../contracts/channel/golden-sample.actions.ts';
import { publicationActions } from '../../contracts/channel/publication.actions.ts';
import { codesetActions } from '../../contracts/codeset/codeset.actions.ts';
import { type Workshop, workshop } from './workshop.ts';

let shop: Workshop;
let other: Workshop;
beforeAll(async () => {
  [shop, other] = [await workshop(), await workshop()];
}, 60_000);
afterAll(async () => {
  await shop?.close();
  await other?.close();
});

const exported = async (from: Workshop, codes: string, org?: string) =>
  (await from.call(bundleActions.export, { codes }, org ? { as: { orgId: org } } : {})).text;

test('[ARC-15] [INT-02] definitions with samples and code tables go to another installation and come back byte for byte', async () => {
  const text = `${await shop.textOf('his-adt')}# 末尾注释 "quoted"\t: [odd]  \n`;
  await shop.call(publicationActions.submit, { items: [{ text, baseVersion: 0 }] });
  await shop.call(goldenSampleActions.accept, { id: 'shipped/his-adt/a40-merge' });
  await shop.call(codesetActions.map, { table: 'sex', from: '女士', to: 'F', note: '某院' });
  const file = await exported(shop, 'his-adt-in');
  expect(file).toContain('bundle: cytomesh/1');

  const dry = await other.call(bundleActions.import, { text: file, dryRun: true });
  expect(dry).toMatchObject({ state: 'checked', problems: [], publicationId: null });
  expect(dry.items.filter((i) => i.state !== 'same')).toEqual([
    { what: 'definition', code: 'his-adt', state: 'new' },
    { what: 'sample', code: 'his-adt/a40-merge', state: 'new' },
    { what: 'table', code: 'sex', state: 'changed' },
  ]);
  expect(dry.checks.every((c) => c.state === 'green')).toBe(true);
  expect(await exported(other, 'his-adt-in')).not.toBe(file);

  const done = await other.call(bundleActions.import, { text: file, dryRun: false, note: '从测试机带入' });
  expect(done.state).toBe('PUBLISHED');
  expect(await other.textOf('his-adt')).toBe(text);
  expect(await exported(other, 'his-adt-in')).toBe(file);
  const again = await other.call(bundleActions.import, { text: file, dryRun: false });
  expect(new Set(again.items.map((i) => i.state))).toEqual(new Set(['same']));
  expect(again.publicationId).toBeNull();
});

test('[INT-02] a file of another organisation takes the code of the one that imports it', async () => {
  const file = await exported(shop, 'his-adt-in');
  const org = 'org-mh';
  const done = await other.call(bundleActions.import, { text: file, dryRun: false }, { as: { orgId: org } });
  expect(done.state).toBe('PUBLISHED');
  expect(await other.textOf('his', { as: { orgId: org } })).toMatch(/^org: (?!HY)\w+$/m);
  expect(await other.textOf('his')).toContain('org: HY');
});

test('[INT-02] a file with mistakes or red samples changes nothing and says why', async () => {
  const call = (text: string, dryRun = false) => other.call(bundleActions.import, { text, dryRun });
  for (const text of ['a: [', 'bundle: cytomesh/2', 'bundle: cytomesh/1\ndefinitions: 3'])
    await expect(call(text)).rejects.toMatchObject({ code: 'channel.bundle.invalid' });
  const file = (await exported(shop, 'his-orders-in')).replace('map: his-orders', 'map: nowhere');
  const dry = await call(file, true);
  expect(dry.problems).toMatchObject([{ code: 'his-orders-in', reason: expect.stringContaining('nowhere') }]);
  await expect(call(file)).rejects.toMatchObject({ code: 'channel.text.invalid' });
  const red = (await exported(shop, 'his-adt')).replace('sex: { from: PID-8.1', 'sex: { from: PID-9.1');
  await expect(call(red)).rejects.toMatchObject({ code: 'channel.sample.failed' });
  expect((await other.call(definitionActions.get, { id: 'his-orders-in' })).definition.published).toBe(1);
});
