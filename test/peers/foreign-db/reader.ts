import { spawn } from 'node:child_process';

/** Another system's program that reads a database: the command line clients of MariaDB, PostgreSQL and SQLite. */
export interface Read {
  readonly rows: readonly Record<string, string>[];
  /** What the client or the server said against it; empty where it was done. */
  readonly refused: string;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Runs one statement; without a login as the account of the URL. */
export async function readAs(url: string, sql: string, login?: Login): Promise<Read> {
  const [program, args, env] = clientOf(url, sql, login);
  const { code, out, error } = await run(program, args, env);
  return {
    rows: code === 0 ? table(out, url.startsWith('sqlite:') ? '|' : '\t') : [],
    refused: code === 0 ? '' : error,
  };
}

function clientOf(url: string, sql: string, login?: Login): [string, string[], Record<string, string>] {
  if (url.startsWith('sqlite:'))
    return ['sqlite3', ['-readonly', '-header', '-separator', '|', url.slice('sqlite:'.length), sql], {}];
  const { hostname, port, pathname, username, password } = new URL(url);
  const who = login ?? { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  const address = ['-h', hostname, ...(port ? [url.startsWith('postgres') ? '-p' : '-P', port] : [])];
  if (url.startsWith('postgres'))
    return [
      'psql',
      [
        ...address,
        '-w',
        '-X',
        '-U',
        who.user,
        '-d',
        pathname.slice(1),
        '--no-align',
        '-F',
        '\t',
        '-P',
        'footer=off',
        '-c',
        sql,
      ],
      { PGPASSWORD: who.password, PGCLIENTENCODING: 'UTF8' },
    ];
  return [
    'mariadb',
    [
      ...address,
      '--protocol=tcp',
      '-u',
      who.user,
      '--default-character-set=utf8mb4',
      '--batch',
      '--raw',
      '-D',
      pathname.slice(1),
      '-e',
      sql,
    ],
    who.password ? { MYSQL_PWD: who.password } : {},
  ];
}

function run(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; out: string; error: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, error]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => error.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({
        code,
        out: Buffer.concat(out).toString('utf8'),
        error: Buffer.concat(error).toString('utf8'),
      }),
    );
  });
}

function table(text: string, separator: string): Record<string, string>[] {
  const [head, ...lines] = text.split('\n').filter((line) => line !== '');
  const names = (head ?? '').split(separator);
  return lines.map((line) => {
    const cells = line.split(separator);
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}
