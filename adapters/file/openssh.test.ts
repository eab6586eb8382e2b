import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { describeWithOpenSsh, startOpenSsh } from '../../test/peers/sftp/openssh.ts';
import { Bench, filesIn, moved, until } from './testing.ts';

const bench = new Bench();
afterEach(() => bench.clear());

describeWithOpenSsh("[INT-01] [INT-03] OpenSSH's own server", () => {
  test('files in by two nodes, each once; files out whole and once; a strange name is told', async () => {
    const server = await startOpenSsh();
    bench.onEnd(() => server.stop());
    const [inbox, outbox] = [bench.folder(), bench.folder()];
    mkdirSync(join(inbox, '子文件夹'));
    const large = Buffer.alloc(2_000_001, 'ab');
    writeFileSync(join(inbox, '子文件夹', '大 文件.csv'), large);
    for (let i = 0; i < 30; i++) writeFileSync(join(inbox, `结果 ${i}.csv`), `row${i}`);
    writeFileSync(Buffer.concat([Buffer.from(`${inbox}/`), Buffer.from('bde1b9fb2e637376', 'hex')]), 'gbk');
    const settings = { folder: inbox, sftp: server.settings, subfolders: true, takeBackMs: 20_000 };
    const nodes = [await bench.watch(settings), await bench.watch(settings)];
    await moved(inbox, 62);
    const names = nodes.flatMap((node) => node.names()).sort();
    expect(names).toEqual(
      [...Array.from({ length: 30 }, (_, i) => `结果 ${i}.csv`), '子文件夹/大 文件.csv'].sort(),
    );
    const [frame] = nodes.flatMap(({ frames }) => frames).filter(({ bytes }) => bytes.length > 1000);
    expect(Buffer.from(frame!.bytes).equals(large)).toBe(true);
    expect(new Set(nodes.flatMap((node) => node.kinds()))).toEqual(new Set(['name-unreadable']));

    const { send } = bench.sender({
      folder: outbox,
      sftp: server.settings,
      name: '{id}',
      companion: '.done',
    });
    for (let i = 0; i < 2; i++) expect(await send('申请')).toMatchObject({ said: { verdict: 'good' } });
    expect(filesIn(outbox)).toEqual(['.work/d-1.json', 'd-1.csv', 'd-1.csv.done']);
    expect(readFileSync(join(outbox, 'd-1.csv'), 'utf8')).toBe('申请');
    writeFileSync(join(outbox, 'd-2.csv'), 'of the partner');
    expect(await send('x', { id: 'd-2' })).toMatchObject({ said: { verdict: 'busy', code: 'exists' } });
    expect(readFileSync(join(outbox, 'd-2.csv'), 'utf8')).toBe('of the partner');
  });

  test('a host key that is not the one expected, and a folder that comes later', async () => {
    const server = await startOpenSsh();
    bench.onEnd(() => server.stop());
    const folder = bench.folder();
    const other = { ...server.settings, hostKeys: [`SHA256:${'A'.repeat(43)}`] };
    const stranger = await bench.watch({ folder, sftp: other });
    await until(() => stranger.kinds().length === 1);
    expect(stranger.kinds()).toEqual(['host-key-refused']);
    await stranger.listener.stop(0);
    const gone = join(folder, 'none');
    const missing = await bench.watch({ folder: gone, sftp: server.settings });
    await until(() => missing.kinds().length === 1);
    expect(missing.kinds()).toEqual(['folder-missing']);
    mkdirSync(gone);
    writeFileSync(join(gone, 'a.csv'), 'a');
    await moved(gone, 2);
  });
});
