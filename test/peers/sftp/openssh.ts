import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';
import { answers, freePort } from '../dicom/dcmtk.ts';

const sshd = '/usr/sbin/sshd';
const there = existsSync(sshd) && existsSync('/usr/lib/openssh/sftp-server');

/** A describe block for tests that need OpenSSH's server; skipped by name where it is absent, failing on CI. */
export function describeWithOpenSsh(title: string, block: () => void): void {
  if (there) describe(title, block);
  else if (process.env.CI === 'true')
    test(`${title}: sshd is there`, () => {
      throw new Error('openssh-server is not installed; on CI every tool of the tests must be there');
    });
  else
    describe.skip(`${title} (no sshd on this machine)`, () => {
      test.skip('needs sshd', () => undefined);
    });
}

export interface OpenSsh {
  /** What an endpoint sets under `sftp`. */
  readonly settings: { host: string; port: number; user: string; privateKey: string; hostKeys: string[] };
  stop(): Promise<void>;
}

/** OpenSSH's own server for this user by key, on a free port; its paths are those of the machine. */
export async function startOpenSsh(): Promise<OpenSsh> {
  const folder = mkdtempSync(join(tmpdir(), 'cytomesh-sshd-'));
  const at = (name: string): string => join(folder, name);
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  writeFileSync(at('authorized'), readFileSync(at('user.pub')));
  chmodSync(at('authorized'), 0o600);
  const port = await freePort();
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${at('host')}`,
    `AuthorizedKeysFile ${at('authorized')}`,
    `PidFile ${at('pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'Subsystem sftp /usr/lib/openssh/sftp-server',
  ];
  writeFileSync(at('config'), `${lines.join('\n')}\n`);
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const child = spawn(sshd, ['-D', '-e', '-f', at('config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const fingerprint = execFileSync('ssh-keygen', ['-lf', at('host.pub')], { encoding: 'utf8' }).split(
    ' ',
  )[1]!;
  return {
    settings: {
      host: '127.0.0.1',
      port,
      user: userInfo().username,
      privateKey: at('user'),
      hostKeys: [fingerprint],
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
