import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { fileName } from './file-name.ts';
import { Bench, filesIn, until } from './testing.ts';

const bench = new Bench();
afterEach(() => bench.clear());

const shown = (folder: string): string[] => filesIn(folder).filter((f) => !f.startsWith('.work'));
const text = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');
const at = new Date(2026, 0, 2, 3, 4, 5, 678).getTime();

describe('[INT-01] [INT-03] a message written as a file', () => {
  test('under the name of the template, complete', async () => {
    const folder = bench.folder();
    const { send, sender, incidents } = bench.sender(
      { folder, name: 'ord-{date}-{time}-{controlId}' },
      () => at,
    );
    expect(await send('a,b')).toMatchObject({
      kind: 'replied',
      bytes: new Uint8Array(),
      peer: folder,
      said: { verdict: 'good', code: 'written' },
    });
    expect(shown(folder)).toEqual(['ord-20260102-030405678-C1.csv']);
    expect(text(folder, shown(folder)[0]!)).toBe('a,b');
    expect(incidents).toEqual([]);
    expect(sender.connections()).toMatchObject([{ open: true, framesOut: 1, bytesOut: 3 }]);
  });

  test('the target names the file, with values of its own', async () => {
    const folder = bench.folder();
    const { send } = bench.sender({ folder, name: 'x' });
    await send('a', { with: { file: '{type}_{id}.txt', type: 'LAB/REQ' } });
    expect(shown(folder)).toEqual(['LAB_REQ_d-1.txt']);
  });

  test('the same delivery again is the same file, though time went on and the partner took it away', async () => {
    const folder = bench.folder();
    let now = at;
    const { send } = bench.sender({ folder }, () => now);
    await send('a');
    now += 60_000;
    const again = bench.sender({ folder }, () => now);
    expect(await again.send('a')).toMatchObject({ kind: 'replied', said: { verdict: 'good' } });
    expect(shown(folder)).toEqual(['20260102-030405678-d-1.csv']);
    rmSync(join(folder, shown(folder)[0]!));
    expect(await again.send('a')).toMatchObject({ kind: 'replied', said: { verdict: 'good' } });
    expect(shown(folder)).toEqual([]);
    expect(await again.send('other')).toMatchObject({ said: { verdict: 'negative', code: 'conflict' } });
    await again.send('a', { id: 'd-2' });
    expect(shown(folder)).toEqual(['20260102-030505678-d-2.csv']);
  });

  test('a name that is taken is waited for, never overwritten, even by equal bytes', async () => {
    const folder = bench.folder();
    const { send } = bench.sender({ folder, name: 'orders.csv' });
    await send('one', { id: 'd-1' });
    for (const bytes of ['one', 'two'])
      expect(await send(bytes, { id: `d-${bytes}` })).toMatchObject({
        said: { verdict: 'busy', code: 'exists' },
      });
    expect(text(folder, 'orders.csv')).toBe('one');
    rmSync(join(folder, 'orders.csv'));
    expect(await send('two', { id: 'd-two' })).toMatchObject({ said: { verdict: 'good' } });
    expect(text(folder, 'orders.csv')).toBe('two');
  });

  test('killed at any point, the next try completes it and nothing is written twice', async () => {
    const folder = bench.folder();
    const work = join(folder, '.work');
    const { send } = bench.sender({ folder, name: '{id}', companion: '.ok' });
    mkdirSync(work);
    writeFileSync(join(work, 'd-1.tmp'), 'hal');
    await send('half', { id: 'd-1' });
    expect(text(folder, 'd-1.csv')).toBe('half');
    await send('two', { id: 'd-2' });
    rmSync(join(folder, 'd-2.csv.ok'));
    await send('two', { id: 'd-2' });
    expect(shown(folder)).toEqual(['d-1.csv', 'd-1.csv.ok', 'd-2.csv', 'd-2.csv.ok']);
    const digest = (JSON.parse(text(folder, '.work/d-2.json')) as { digest: string }).digest;
    writeFileSync(join(work, 'd-3.tmp'), 'two');
    writeFileSync(join(work, 'd-3.json'), JSON.stringify({ name: 'three.csv', digest }));
    await send('two', { id: 'd-3' });
    expect(text(folder, 'three.csv')).toBe('two');
    expect(filesIn(work)).toEqual(['d-1.json', 'd-2.json', 'd-3.json']);
  });

  test('a missing folder: not sent, told once; made where that is wanted', async () => {
    const folder = join(bench.folder(), 'a/b');
    const { send, kinds } = bench.sender({ folder });
    for (let i = 0; i < 2; i++)
      expect(await send('a')).toMatchObject({ kind: 'not-sent', code: 'hub.peer.refused', reason: 'ENOENT' });
    expect(kinds()).toEqual(['folder-missing']);
    expect(await bench.sender({ folder, create: true }).send('a')).toMatchObject({ kind: 'replied' });
    expect(await send('a')).toMatchObject({ kind: 'replied' });
  });

  test('what was sent is forgotten after its time', async () => {
    const folder = bench.folder();
    const old = join(folder, '.work/old.json');
    mkdirSync(join(folder, '.work'));
    writeFileSync(old, '{}');
    utimesSync(old, 1, 1);
    await bench.sender({ folder }).send('a');
    await until(() => !filesIn(folder).includes('.work/old.json'));
    expect(filesIn(folder)).toContain('.work/d-1.json');
  });

  test('several at once are written one by one', async () => {
    const folder = bench.folder();
    const { send } = bench.sender({ folder, name: '{id}' });
    const all = Array.from({ length: 20 }, (_, i) => send(`t${i}`, { id: `d-${i}` }));
    expect((await Promise.all(all)).every(({ kind }) => kind === 'replied')).toBe(true);
    expect(shown(folder)).toHaveLength(20);
  });
});

describe('[INT-01] the partner answers with a file', () => {
  test('its bytes are the reply, once they are whole; they survive until they are recorded', async () => {
    const folder = bench.folder();
    mkdirSync(join(folder, 'ack'));
    const { send } = bench.sender({ folder, name: '{id}', answer: 'ack/{stem}.*' });
    const sent = send('a');
    await until(() => shown(folder).includes('d-1.csv'));
    writeFileSync(join(folder, 'ack/d-2.ok'), 'of another');
    writeFileSync(join(folder, 'ack/d-1.ok'), 'MSA|AA|C1');
    const reply = {
      kind: 'replied',
      bytes: Buffer.from('MSA|AA|C1'),
      said: { verdict: 'good', code: 'answered' },
    };
    expect(await sent).toMatchObject(reply);
    expect(shown(folder)).toEqual(['ack/d-2.ok', 'd-1.csv']);
    expect(await send('a')).toMatchObject(reply);
  });

  test('one that is not of this message is left for whom it concerns', async () => {
    const folder = bench.folder();
    const { send } = bench.sender({ folder, answer: 'answer-*.txt' });
    writeFileSync(join(folder, 'answer-1.txt'), 'C2');
    writeFileSync(join(folder, 'answer-2.txt'), 'C1');
    const outcome = await send('a', { matches: (bytes) => Buffer.from(bytes).toString() === 'C1' });
    expect(outcome).toMatchObject({ kind: 'replied', bytes: Buffer.from('C1') });
    expect(shown(folder).filter((f) => f.startsWith('answer'))).toEqual(['answer-1.txt']);
  });

  test('a refusal parks the delivery with its first line; no answer in time is unknown', async () => {
    const folder = bench.folder();
    const { send } = bench.sender({ folder, name: '{id}', answer: '{name}.ok', refusal: '{name}.err' });
    expect(await send('a', { timeoutMs: 50 })).toMatchObject({ kind: 'unknown', code: 'hub.peer.timeout' });
    writeFileSync(join(folder, 'd-1.csv.err'), '第 3 行不对\r\nmore');
    expect(await send('a')).toMatchObject({
      said: { verdict: 'negative', code: 'refused', reason: '第 3 行不对' },
    });
  });

  test('closing ends the waiting at once', async () => {
    const folder = bench.folder();
    const { send, sender } = bench.sender({ folder, answer: '{name}.ok' });
    const sent = send('a', { timeoutMs: 600_000 });
    await until(() => shown(folder).length === 1);
    await sender.close();
    expect((await sent).kind).toBe('unknown');
    expect(await send('b', { id: 'd-9' })).toMatchObject({ kind: 'not-sent' });
  });
});

test.each<[string, Record<string, string>, string]>([
  ['../../etc/{id}', { id: 'x' }, '_.._etc_x'],
  ['{id}', { id: '../../x' }, '_.._x'],
  ['{id}', { id: '..' }, 'file'],
  ['{id}', { id: '.hidden' }, 'hidden'],
  ['{none}', {}, 'file'],
  ['{constructor}', {}, 'file'],
  ['{id}.csv', { id: '张三/李四' }, '张三_李四.csv'],
  ['a:b*c?"d<e>f|g', {}, 'a_b_c__d_e_f_g'],
  ['CON.txt', {}, '_CON.txt'],
  ['a\u0000b\r\n', {}, 'a_b__'],
  [`${'长'.repeat(300)}.csv`, {}, `${'长'.repeat(65)}.csv`],
])('a name cannot lead out of the folder: %s', (template, values, expected) => {
  expect(fileName(template, values, at)).toBe(expected);
});
