import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Reply } from '../../contracts/adapter/port.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { Bench, drop, filesIn, good, moved, until } from './testing.ts';

const bench = new Bench();
afterEach(() => bench.clear());

/** A reply that is not given before `open` is called. */
function gate() {
  let open: (reply?: Reply) => void = () => undefined;
  const reply = new Promise<Reply>((resolve) => (open = (given = good()) => resolve(given)));
  return { reply, open };
}

const put = (folder: string, name: string, text = name): void => drop(join(folder, name), text);
describe('[INT-01] [INT-03] a watched folder', () => {
  test('a file becomes one frame and moves, with its results beside it', async () => {
    const folder = bench.folder();
    put(folder, '结果 1.csv', 'id\nM1\n');
    const { frames, listener, incidents } = await bench.watch({ folder });
    await moved(folder, 2);
    expect(filesIn(folder)).toEqual(['processed/DAY/结果 1.csv', 'processed/DAY/结果 1.csv.result.csv']);
    const bytes = Buffer.from('id\nM1\n');
    const digest = createHash('sha256').update(bytes).digest('hex');
    expect(frames).toHaveLength(1);
    expect(frames[0]).toMatchObject({
      meta: { file: '结果 1.csv', original: digest },
      blobs: [{ digest, mediaType: 'text/csv', bytes }],
      oddities: [],
    });
    const [day] = readdirSync(join(folder, 'processed'));
    expect(readFileSync(join(folder, 'processed', day!, '结果 1.csv.result.csv'), 'utf8')).toBe(
      '\ufeffno,outcome,结果,message,reason\r\n1,kept,已接收,m1,\r\n',
    );
    expect(incidents).toEqual([]);
    expect(listener.address).toBe(folder);
    expect(listener.connections()).toMatchObject([{ open: true, framesIn: 1, bytesIn: 6, pending: 0 }]);
    expect(listener.capture(listener.connections()[0]!.id)).toHaveLength(1);
  });

  test('a change in the folder wakes it long before the next look', async () => {
    const folder = bench.folder();
    const { frames } = await bench.watch({ folder, pollMs: 3_600_000 });
    await until(() => true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    put(folder, 'a.csv');
    await until(() => frames.length === 1);
  });

  test('by pattern; hidden, temporary and foreign names are passed over; own folders too', async () => {
    const folder = bench.folder();
    for (const name of [
      'a.csv',
      'B.CSV',
      'r-1.txt',
      'x.doc',
      '.a.csv',
      'a.csv.tmp',
      '~$a.csv',
      'a.csv.filepart',
      'a.csv~',
    ])
      put(folder, name);
    mkdirSync(join(folder, 'processed'));
    mkdirSync(join(folder, 'sub'));
    put(folder, 'processed/old.csv');
    put(folder, 'sub/deep.csv');
    const { names } = await bench.watch({ folder, pattern: '*.csv|r-?.txt' });
    await until(() => names().length === 3);
    await until(() => filesIn(folder).filter((f) => f.endsWith('.result.csv')).length === 3);
    expect(names()).toEqual(['B.CSV', 'a.csv', 'r-1.txt']);
    expect(filesIn(folder)).toContain('sub/deep.csv');
  });

  test('subfolders where wanted: names keep their folder, own folders stay out', async () => {
    const folder = bench.folder();
    for (const sub of ['b', 'b/c', 'error', 'processed/2026-01-01'])
      mkdirSync(join(folder, sub), { recursive: true });
    for (const name of ['b/c/2.csv', 'b/1.csv', 'a.csv', 'error/x.csv', 'processed/2026-01-01/y.csv'])
      put(folder, name);
    const { names } = await bench.watch({ folder, subfolders: true, results: false });
    await until(() => names().length === 3);
    await until(() => filesIn(folder).filter((f) => f.startsWith('processed/DAY')).length === 4);
    expect(names()).toEqual(['a.csv', 'b/1.csv', 'b/c/2.csv']);
    expect(filesIn(folder)).toContain('processed/DAY/b/c/2.csv');
  });

  test('in order of name, or of time', async () => {
    const [byName, byTime] = [bench.folder(), bench.folder()];
    for (const folder of [byName, byTime])
      for (const [name, second] of [
        ['b', 1],
        ['a', 3],
        ['c', 2],
      ] as const) {
        put(folder, name);
        utimesSync(join(folder, name), second, second);
      }
    const one = await bench.watch({ folder: byName });
    const two = await bench.watch({ folder: byTime, order: 'time' });
    await until(() => one.frames.length === 3 && two.frames.length === 3);
    expect([one.names(), two.names()]).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c', 'a'],
    ]);
  });

  test('a file of the same name again is kept apart', async () => {
    const folder = bench.folder();
    const { frames } = await bench.watch({ folder });
    for (const [i, text] of ['one', 'two', 'three'].entries()) {
      put(folder, 'a.csv', text);
      await until(() => frames.length === i + 1);
      await moved(folder, 2 * (i + 1));
    }
    expect(filesIn(folder).filter((f) => !f.endsWith('.result.csv'))).toEqual([
      'processed/DAY/a.csv',
      'processed/DAY/a~2.csv',
      'processed/DAY/a~3.csv',
    ]);
  });

  test('taken files may be deleted instead', async () => {
    const folder = bench.folder();
    put(folder, 'a.csv');
    const { frames } = await bench.watch({ folder, remove: true });
    await until(() => frames.length === 1 && filesIn(folder).length === 0);
  });

  test('a folder outside that of the installation is refused, and any where there is none', async () => {
    const files = bench.folder();
    const watch = (folder: string, inside: string | null) => bench.watch({ folder }, undefined, inside);
    for (const folder of ['../x', '/etc', 'a/../../x'])
      await expect(watch(folder, files)).rejects.toMatchObject({ code: 'channel.text.invalid' });
    await expect(watch('x', null)).rejects.toMatchObject({ code: 'channel.text.invalid' });
    expect(() => bench.sender({ folder: '/etc' }, Date.now, files)).toThrow();
    const { listener } = await bench.watch({ folder: 'lis/in', create: true }, undefined, files);
    await until(() => listener.connections()[0]!.open);
    expect(listener.address).toBe(join(files, 'lis/in'));
  });
});

describe('files that are not whole yet', () => {
  test('one that still grows is left alone until it has been the same for a while', async () => {
    const folder = bench.folder();
    put(folder, 'a.csv', 'x');
    const { frames, texts } = await bench.watch({ folder, stableMs: 150 });
    for (let i = 0; i < 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      appendFileSync(join(folder, 'a.csv'), 'x');
      expect(frames).toHaveLength(0);
    }
    await until(() => frames.length === 1);
    expect(texts()).toEqual(['xxxxxxx']);
  });

  test('by its companion, which goes with it', async () => {
    const folder = bench.folder();
    for (const name of ['a.csv', 'b.csv', 'c.csv', 'b.csv.done', 'c.done']) put(folder, name);
    const { names } = await bench.watch({ folder, ready: 'companion' });
    await until(() => names().length === 2);
    await moved(folder, 4);
    expect(names()).toEqual(['b.csv', 'c.csv']);
    expect(filesIn(folder).filter((f) => !f.startsWith('processed'))).toEqual(['a.csv']);
    put(folder, 'a.csv.done', '');
    await until(() => names().length === 3);
  });

  test('by its name: a rename is the sign', async () => {
    const folder = bench.folder();
    const { names } = await bench.watch({ folder, ready: 'named', pattern: '*.csv', stableMs: 3_600_000 });
    put(folder, 'a.csv.part');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(names()).toEqual([]);
    renameSync(join(folder, 'a.csv.part'), join(folder, 'a.csv'));
    await until(() => names().length === 1);
  });

  test('an empty file is refused once it is stable, one too large with its first bytes', async () => {
    const folder = bench.folder();
    put(folder, 'empty.csv', '');
    put(folder, 'large.csv', 'x'.repeat(2_000_000));
    const refused: Reply = {
      outcome: 'refused',
      reason: 'no',
      results: [{ id: 'm1', outcome: 'refused', reason: 'no' }],
    };
    const { frames } = await bench.watch({ folder, maxBytes: 1000 }, () => Promise.resolve(refused));
    await until(
      () => filesIn(folder).filter((f) => f.startsWith('error')).length === 6,
      () => filesIn(folder),
    );
    expect(frames.map((f) => [f.bytes.length, f.broken?.code, f.oddities, f.blobs])).toEqual([
      [0, 'hub.frame.broken', [], undefined],
      [1_048_576, 'hub.frame.large', ['cut'], undefined],
    ]);
    expect(readFileSync(join(folder, 'error/large.csv'))).toHaveLength(2_000_000);
  });
});

describe('what was refused', () => {
  test('moves to the error folder with the reason in both languages and the outcome of every message', async () => {
    const folder = bench.folder();
    put(folder, 'a.csv');
    await bench.watch({ folder }, () =>
      Promise.resolve({
        outcome: 'refused',
        reason: 'row 3: "x"',
        results: [
          { id: 'm1', outcome: 'kept' },
          { id: 'm2', outcome: 'refused', reason: 'row 3: "x"' },
          { id: 'm3', outcome: 'repeated' },
        ],
      }),
    );
    await until(() => filesIn(folder).join() === 'error/a.csv,error/a.csv.reason.txt,error/a.csv.result.csv');
    const reason = readFileSync(join(folder, 'error/a.csv.reason.txt'), 'utf8').split('\r\n');
    expect(reason).toEqual([
      '文件 a.csv 共 3 条，其中 1 条被拒收，其余已接收，不必重发。',
      'Of the 3 messages of a.csv 1 were refused; the others are accepted and need not be sent again.',
      '',
      expect.stringMatching(/^时间 · Time: 20/),
      '结果 · Outcome: refused 已拒收',
      '原因 · Reason: row 3: "x"',
      '',
      '逐条结果 · Each message:',
      '1. kept 已接收  m1',
      '2. refused 已拒收  m2  row 3: "x"',
      '3. repeated 重复，不再处理  m3',
      '',
    ]);
    expect(readFileSync(join(folder, 'error/a.csv.result.csv'), 'utf8')).toContain(
      '2,refused,已拒收,m2,"row 3: ""x"""\r\n',
    );
  });

  test('the answer of a format with acknowledgements lies beside the file', async () => {
    const folder = bench.folder();
    put(folder, 'a.hl7');
    let written = '';
    await bench.watch({ folder, results: false }, () =>
      Promise.resolve({ ...good(), bytes: Buffer.from('ACK'), written: (outcome) => (written = outcome) }),
    );
    await until(() => written === 'sent');
    expect(filesIn(folder)).toEqual(['processed/DAY/a.hl7', 'processed/DAY/a.hl7.reply']);
  });
});

describe('faults', () => {
  test('a passing fault leaves the file, told once, and later files wait for it', async () => {
    const folder = bench.folder();
    for (const name of ['a.csv', 'b.csv']) put(folder, name);
    let well = false;
    const { names, kinds } = await bench.watch({ folder }, () =>
      well ? Promise.resolve(good()) : Promise.reject(new Fault('kernel.store.unavailable')),
    );
    await until(() => names().length >= 3);
    expect(new Set(names())).toEqual(new Set(['a.csv']));
    expect(filesIn(folder).filter((f) => !f.startsWith('.'))).toContain('b.csv');
    well = true;
    await moved(folder, 4);
    expect(names().slice(-2)).toEqual(['a.csv', 'b.csv']);
    expect(kinds()).toEqual(['intake-refused']);
  });

  test('a missing folder is told once and watched as soon as it is there; also when it goes and comes', async () => {
    const folder = join(bench.folder(), 'in');
    const { frames, kinds, listener } = await bench.watch({ folder });
    await until(() => kinds().length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([kinds(), listener.connections()[0]!.open]).toEqual([['folder-missing'], false]);
    mkdirSync(folder);
    put(folder, 'a.csv');
    await moved(folder, 2);
    expect(frames).toHaveLength(1);
    rmSync(folder, { recursive: true });
    await until(() => kinds().length === 2);
    mkdirSync(folder);
    put(folder, 'b.csv');
    await until(() => frames.length === 2);
    expect(kinds()).toEqual(['folder-missing', 'folder-missing']);
  });

  test('an optional folder is waited for in silence, until it was once there', async () => {
    const folder = join(bench.folder(), 'in');
    const { kinds, listener } = await bench.watch({ folder, optional: true });
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(kinds()).toEqual([]);
    mkdirSync(folder);
    await until(() => listener.connections()[0]!.open);
    rmSync(folder, { recursive: true });
    await until(() => kinds().length === 1);
  });

  test('a committed file that cannot be moved is not taken in again, and moves when it can', async () => {
    const folder = bench.folder();
    put(folder, 'processed', 'a file where a folder should be');
    put(folder, 'a.csv');
    const { names, kinds } = await bench.watch({ folder, pattern: '*.csv' });
    await until(() => kinds().length === 1);
    put(folder, 'b.csv');
    await until(() => names().length === 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(names()).toEqual(['a.csv', 'b.csv']);
    rmSync(join(folder, 'processed'));
    await moved(folder, 4);
    expect(names()).toEqual(['a.csv', 'b.csv']);
    expect(kinds()).toHaveLength(1);
  });

  test('links are never followed, wherever they lead', async () => {
    const [folder, elsewhere] = [bench.folder(), bench.folder()];
    put(elsewhere, 'secret.csv');
    mkdirSync(join(elsewhere, 'sub'));
    put(elsewhere, 'sub/deep.csv');
    symlinkSync(join(elsewhere, 'secret.csv'), join(folder, 'a.csv'));
    symlinkSync(join(elsewhere, 'sub'), join(folder, 'sub'));
    put(folder, 'b.csv');
    const { names, kinds } = await bench.watch({ folder, subfolders: true });
    await moved(folder, 2);
    await until(() => kinds().length === 2);
    expect([names(), kinds()]).toEqual([['b.csv'], ['link-refused', 'link-refused']]);
    expect(filesIn(elsewhere)).toEqual(['secret.csv', 'sub/deep.csv']);
  });
});

describe('several nodes, and nodes that die', () => {
  test('two watchers of one folder take each of two hundred files once', async () => {
    const folder = bench.folder();
    const slow = (): Promise<Reply> => new Promise((resolve) => setImmediate(() => resolve(good())));
    const one = await bench.watch({ folder }, slow);
    const two = await bench.watch({ folder }, slow);
    for (let i = 0; i < 200; i++) put(folder, `f${i}.csv`);
    await moved(folder, 400);
    const all = [...one.names(), ...two.names()];
    expect([all.length, new Set(all).size]).toEqual([200, 200]);
    expect([one.incidents, two.incidents]).toEqual([[], []]);
  });

  test('what a dead node had claimed is taken back after its time, and moves though it is a repetition', async () => {
    const folder = bench.folder();
    put(folder, '.claimed-deadbeef~a.csv', 'A');
    put(folder, '.alive-deadbeef', '7');
    const repeated: Reply = { outcome: 'repeated', results: [{ id: 'm1', outcome: 'repeated' }] };
    const began = performance.now();
    const { names } = await bench.watch({ folder, takeBackMs: 150 }, () => Promise.resolve(repeated));
    await moved(folder, 2);
    expect(performance.now() - began).toBeGreaterThan(140);
    expect(names()).toEqual(['a.csv']);
    expect(filesIn(folder)).toEqual(['processed/DAY/a.csv', 'processed/DAY/a.csv.result.csv']);
  });

  test('killed between the texts and the move: the texts are those of the file again, and it has its own name', async () => {
    const folder = bench.folder();
    const now = new Date();
    const two = (n: number): string => String(n).padStart(2, '0');
    const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
    mkdirSync(join(folder, 'processed', day), { recursive: true });
    put(join(folder, 'processed', day), 'a.csv.result.csv', '\ufeffno,outcome,结果,message,reason\r\n');
    put(join(folder, 'processed', day), 'b.csv.result.csv', 'a file of the partner that has such a name');
    put(folder, 'b.csv', 'B');
    put(folder, '.claimed-deadbeef~a.csv', 'A');
    await bench.watch({ folder, takeBackMs: 100 });
    await moved(folder, 5);
    expect(filesIn(folder)).toEqual(
      ['a.csv', 'a.csv.result.csv', 'b.csv.result.csv', 'b~2.csv', 'b~2.csv.result.csv'].map(
        (name) => `processed/DAY/${name}`,
      ),
    );
    expect(readFileSync(join(folder, 'processed', day, 'a.csv.result.csv'), 'utf8')).toContain('1,kept,');
  });

  test('a node that is slow but lives keeps its claim', async () => {
    const folder = bench.folder();
    put(folder, 'a.csv');
    const { reply, open } = gate();
    const slow = await bench.watch({ folder, takeBackMs: 200 }, () => reply);
    await until(() => slow.frames.length === 1);
    const other = await bench.watch({ folder, takeBackMs: 200 });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(other.frames).toEqual([]);
    open();
    await moved(folder, 2);
    await until(
      () => filesIn(folder).length === 2,
      () => filesIn(folder),
    );
  });

  test('stopped while a file is in hand: its reply is waited for, and nothing stays claimed', async () => {
    const folder = bench.folder();
    for (const name of ['a.csv', 'b.csv']) put(folder, name);
    const { reply, open } = gate();
    const { listener, frames } = await bench.watch({ folder }, () => reply);
    await until(() => frames.length === 1);
    const stopped = listener.stop(5000);
    open();
    await stopped;
    expect(filesIn(folder)).toEqual(['b.csv', 'processed/DAY/a.csv', 'processed/DAY/a.csv.result.csv']);
  });

  test('killed between the commit and the move: the file comes again, is known, and moves', async () => {
    const folder = bench.folder();
    put(folder, 'a.csv');
    const { reply } = gate();
    const first = await bench.watch({ folder }, () => reply);
    await until(() => first.frames.length === 1);
    await first.listener.stop(0);
    const second = await bench.watch({ folder }, () =>
      Promise.resolve({ outcome: 'repeated', results: [{ id: 'm1', outcome: 'repeated' }] }),
    );
    await moved(folder, 2);
    expect(second.texts()).toEqual(first.texts());
  });

  test('a new file of the name that is in hand is not overwritten when that goes back', async () => {
    const folder = bench.folder();
    put(folder, 'a.csv', 'one');
    let refuse = (): void => undefined;
    let calls = 0;
    const { texts } = await bench.watch({ folder }, () =>
      ++calls > 1
        ? Promise.resolve(good())
        : new Promise((_, reject) => (refuse = () => reject(new Fault('kernel.store.unavailable')))),
    );
    await until(() => calls === 1);
    put(folder, 'a.csv', 'two');
    refuse();
    await moved(folder, 4);
    expect(texts().slice(1).sort()).toEqual(['one', 'two']);
  });

  test('a sign of life that a dead node left behind goes, though it held nothing', async () => {
    const folder = bench.folder();
    put(folder, '.alive-deadbeef', '7');
    await bench.watch({ folder, takeBackMs: 100 });
    await until(() => filesIn(folder).length === 0);
  });
});

test('[INT-03] a file that is written to after it was read is no success: it lies in the error folder and says so', async () => {
  const folder = bench.folder();
  put(folder, 'a.csv', 'one\n');
  const { reply, open } = gate();
  const { frames } = await bench.watch({ folder }, () => reply);
  await until(() => frames.length === 1);
  const [claimed] = filesIn(folder).filter((f) => f.includes('claimed'));
  appendFileSync(join(folder, claimed!), 'two\n');
  open();
  await until(() => filesIn(folder).includes('error/a.csv'));
  const reason = readFileSync(join(folder, 'error/a.csv.reason.txt'), 'utf8');
  expect(reason).toContain('4 bytes then, 8 now');
  expect(reason).toContain('1. kept 已接收');
});
