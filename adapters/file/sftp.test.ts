import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Reply } from '../../contracts/adapter/port.ts';
import { newKey, type SftpServerOptions, startSftpServer } from '../../test/peers/sftp/server.ts';
import { Bench, drop, filesIn, good, moved, until } from './testing.ts';

const bench = new Bench();
afterEach(() => bench.clear());

async function serve(options: Partial<SftpServerOptions> = {}) {
  const folder = bench.folder();
  for (const sub of ['in', 'out']) mkdirSync(join(folder, sub));
  const server = await startSftpServer({ folder, ...options });
  bench.onEnd(() => server.stop());
  const sftp = {
    host: '127.0.0.1',
    port: server.port,
    user: 'lab',
    password: 'secret',
    hostKeys: [server.fingerprint],
    requestMs: 1000,
    connectMs: 3000,
  };
  const put = (name: string, text: string | Buffer = name): void => drop(join(folder, name), text);
  return { folder, server, sftp, put, inbox: join(folder, 'in'), outbox: join(folder, 'out') };
}
describe('[INT-01] [INT-03] a folder on an SFTP server', () => {
  test('files are taken in order, moved, and their results written', async () => {
    const { inbox, sftp, put } = await serve();
    const large = Buffer.alloc(3_000_001, 'ab');
    put('in/b.csv', large);
    put('in/a.csv');
    put('in/.hidden.csv');
    const { frames, names, incidents, listener } = await bench.watch({ folder: 'in', sftp });
    await moved(inbox, 4);
    expect(names()).toEqual(['a.csv', 'b.csv']);
    expect(Buffer.from(frames[1]!.bytes).equals(large)).toBe(true);
    expect(frames[0]!.peer).toBe(`127.0.0.1:${sftp.port}`);
    expect(listener.address).toBe(`sftp://127.0.0.1:${sftp.port}/in`);
    expect(filesIn(inbox)).toEqual([
      '.hidden.csv',
      'processed/DAY/a.csv',
      'processed/DAY/a.csv.result.csv',
      'processed/DAY/b.csv',
      'processed/DAY/b.csv.result.csv',
    ]);
    expect(incidents).toEqual([]);
  });

  test('subfolders, companions, links, a second file of a name', async () => {
    const { inbox, folder, sftp, put } = await serve();
    mkdirSync(join(inbox, 'sub'));
    put('outside.csv');
    for (const name of ['in/sub/a.csv', 'in/sub/a.csv.done', 'in/b.csv']) put(name);
    symlinkSync(join(folder, 'outside.csv'), join(inbox, 'link.csv'));
    const { names, kinds } = await bench.watch({ folder: '/in', sftp, subfolders: true, ready: 'companion' });
    await moved(inbox, 2);
    put('in/sub/a.csv');
    put('in/sub/a.csv.done');
    await moved(inbox, 4);
    expect(names()).toEqual(['sub/a.csv', 'sub/a.csv']);
    expect(filesIn(inbox).filter((f) => !f.endsWith('.result.csv'))).toEqual([
      'b.csv',
      'link.csv',
      'processed/DAY/sub/a.csv',
      'processed/DAY/sub/a~2.csv',
    ]);
    expect(kinds()).toEqual(['link-refused']);
  });

  test('two nodes on one folder take each file once', async () => {
    const { inbox, sftp, put } = await serve();
    for (let i = 0; i < 30; i++) put(`in/f${i}.csv`);
    const slow = (): Promise<Reply> => new Promise((resolve) => setTimeout(() => resolve(good()), 2));
    const one = await bench.watch({ folder: 'in', sftp, takeBackMs: 3000 }, slow);
    const two = await bench.watch({ folder: 'in', sftp, takeBackMs: 3000 }, slow);
    await moved(inbox, 60);
    const all = [...one.names(), ...two.names()];
    expect([all.length, new Set(all).size]).toEqual([30, 30]);
    expect([one.incidents, two.incidents]).toEqual([[], []]);
  });

  test('the connection is lost and comes back: told once, nothing is taken twice or left', async () => {
    let cut = 0;
    const { inbox, sftp, put, server } = await serve({
      trouble: (operation) => (operation === 'RENAME' && ++cut % 3 === 0 ? 'after' : undefined),
    });
    for (let i = 0; i < 6; i++) put(`in/f${i}.csv`);
    const { names, kinds } = await bench.watch({ folder: 'in', sftp });
    await moved(inbox, 12);
    expect([...new Set(names())].sort()).toEqual([
      'f0.csv',
      'f1.csv',
      'f2.csv',
      'f3.csv',
      'f4.csv',
      'f5.csv',
    ]);
    expect(new Set(kinds())).toEqual(
      new Set(['unreachable', 'claim-lost'].filter((kind) => kinds().includes(kind))),
    );
    server.drop();
    put('in/g.csv');
    await until(() => names().includes('g.csv'));
  });

  test('a server that is away, then back, under its key', async () => {
    const { folder, inbox, sftp, put, server } = await serve();
    await server.stop();
    const { names, kinds, listener } = await bench.watch({ folder: 'in', sftp });
    await until(() => kinds().length === 1);
    expect(kinds()).toEqual(['unreachable']);
    put('in/a.csv');
    const again = await startSftpServer({ folder, port: sftp.port, hostKey: server.hostKey });
    bench.onEnd(() => again.stop());
    await moved(inbox, 2);
    expect([names(), listener.connections()[0]!.open]).toEqual([['a.csv'], true]);
  });

  test('a file that may not be read stays, told once; the others are taken', async () => {
    const { inbox, sftp, put } = await serve({
      trouble: (operation, path) => (operation === 'OPEN' && path.endsWith('~a.csv') ? 'denied' : undefined),
    });
    put('in/a.csv');
    put('in/b.csv');
    const { names, kinds } = await bench.watch({ folder: 'in', sftp });
    await moved(inbox, 2);
    await until(() => kinds().length > 0);
    expect([names(), new Set(kinds())]).toEqual([['b.csv'], new Set(['unreadable'])]);
  });
});

describe('who may talk to whom', () => {
  test('a server with another host key is never logged in to', async () => {
    const { sftp, server } = await serve();
    const { kinds, incidents } = await bench.watch({
      folder: 'in',
      sftp: { ...sftp, hostKeys: [`SHA256:${'A'.repeat(43)}`] },
    });
    await until(() => kinds().length === 1);
    expect(kinds()).toEqual(['host-key-refused']);
    expect(incidents[0]!.reason).toContain(server.fingerprint);
    expect(server.log).toEqual([]);
  });

  test('a wrong password is refused; a key is taken, with passphrase too', async () => {
    const keys = newKey({ passphrase: 'p', cipher: 'aes256-cbc', rounds: 4 }, 'p');
    const { inbox, sftp, put, folder } = await serve({ publicKey: keys.public });
    put('key', keys.private);
    put('in/a.csv');
    const wrong = await bench.watch({ folder: 'in', sftp: { ...sftp, password: 'wrong' } });
    await until(() => wrong.kinds().length === 1);
    expect(wrong.kinds()).toEqual(['login-refused']);
    const { password: _, ...rest } = sftp;
    const lost = await bench.watch({ folder: 'in', sftp: { ...rest, privateKey: join(folder, 'none') } });
    await until(() => lost.kinds().length === 1);
    expect(lost.kinds()).toEqual(['login-refused']);
    await bench.watch({ folder: 'in', sftp: { ...rest, privateKey: join(folder, 'key'), passphrase: 'p' } });
    await moved(inbox, 2);
  });

  test('a server that never answers costs its time and no more', async () => {
    const { sftp, put } = await serve({
      trouble: (operation) => (operation === 'OPENDIR' ? 'hang' : undefined),
    });
    put('in/a.csv');
    const { kinds, listener } = await bench.watch({ folder: 'in', sftp: { ...sftp, requestMs: 100 } });
    await until(() => kinds().length === 1);
    expect(kinds()).toEqual(['unreachable']);
    await listener.stop(100);
  });
});

describe('[INT-01] files written to an SFTP server', () => {
  test('whole or not at all, and once', async () => {
    const { outbox, sftp, server } = await serve();
    const { send } = bench.sender({ folder: '/out', sftp, name: '{id}', companion: '.done' });
    const bytes = 'x'.repeat(300_000);
    expect(await send(bytes)).toMatchObject({ kind: 'replied', said: { verdict: 'good', code: 'written' } });
    expect(await send(bytes)).toMatchObject({ kind: 'replied', said: { verdict: 'good' } });
    expect(filesIn(outbox)).toEqual(['.work/d-1.json', 'd-1.csv', 'd-1.csv.done']);
    expect(readFileSync(join(outbox, 'd-1.csv'), 'utf8')).toBe(bytes);
    expect(server.log.filter((line) => line.startsWith('RENAME'))).toEqual(['RENAME /out/.work/d-1.tmp']);
  });

  test('the connection dies after the rename: unknown, and the next try finds that it was done', async () => {
    let cut = true;
    const { outbox, sftp } = await serve({
      trouble: (operation) => (operation === 'RENAME' && cut ? 'after' : undefined),
    });
    const { send, kinds } = bench.sender({ folder: 'out', sftp });
    expect(await send('x')).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
    cut = false;
    const [name] = filesIn(outbox).filter((f) => !f.startsWith('.'));
    rmSync(join(outbox, name!));
    expect(await send('x')).toMatchObject({ kind: 'replied', said: { verdict: 'good' } });
    expect(filesIn(outbox)).toEqual(['.work/d-1.json']);
    expect(kinds()).toEqual(['unreachable']);
  });

  test('the connection dies while it is written: not sent, and no half file is ever there', async () => {
    let cut = true;
    const { outbox, sftp } = await serve({
      trouble: (operation) => (operation === 'WRITE' && cut ? 'drop' : undefined),
    });
    const { send } = bench.sender({ folder: 'out', sftp });
    expect(await send('x'.repeat(200_000))).toMatchObject({ kind: 'not-sent', code: 'hub.peer.refused' });
    expect(filesIn(outbox).filter((f) => !f.startsWith('.'))).toEqual([]);
    cut = false;
    expect(await send('x'.repeat(200_000))).toMatchObject({ kind: 'replied' });
  });
});
