import { readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { isFault } from '../../contracts/kernel/fault.ts';
import { loadConfig } from '../../nodes/kit/config.ts';
import { dialectOf } from '../../nodes/kit/db/database.ts';
import { placeViews } from './place.ts';
import { versions } from './versions.ts';

const usage = `node deploy/views/apply.ts [--settings <file>] [--schema <name>] [--org <code>] [--grant-user <name>[@host]] [--drop]

  --settings    file of the settings the platform is started with (NAME=value lines); without it the default database is meant
  --schema      a schema (MySQL: database) of its own for the views
  --org         views of one organisation: cytomesh_v1_<code>_orders …
  --grant-user  account that may read these views and nothing else; made where it is not there
  --drop        takes the views away`;

/** Puts the views for other systems into the main database. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      settings: { type: 'string' },
      schema: { type: 'string' },
      org: { type: 'string' },
      'grant-user': { type: 'string' },
      drop: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(usage);
  const config = loadConfig(
    values.settings === undefined ? {} : parseEnv(readFileSync(values.settings, 'utf8')),
  );
  const url = config.databases.main;
  const dialect = dialectOf(url);
  const { views, password } = await placeViews({
    url,
    sets: versions,
    ...(values.schema === undefined ? {} : { schema: values.schema }),
    ...(values.org === undefined ? {} : { org: values.org }),
    ...(values['grant-user'] === undefined ? {} : { grantUser: values['grant-user'] }),
    ...(values.drop ? { drop: true } : {}),
  });
  console.log(
    `${values.drop ? '已移除 · Removed from' : '已就绪 · In place in'} ${shown(url)}:\n  ${views.join('\n  ')}`,
  );
  if (password !== undefined)
    console.log(`新账号口令，仅显示这一次 · Password of the new account, shown this once:\n  ${password}`);
  if (values.drop) return;
  console.log(
    '升级本系统前先 --drop，升级后再执行 · Take the views away (--drop) before an upgrade, put them back after it',
  );
  if (dialect === 'sqlite')
    console.log('注意：能打开该文件者可读全部表 · Note: who can open the file can read all its tables');
}

/** Without account and password. */
function shown(url: string): string {
  if (url.startsWith('sqlite:')) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

main().catch((error: unknown) => {
  console.error(isFault(error) ? error.message : error);
  process.exitCode = 1;
});
