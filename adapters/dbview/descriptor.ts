import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';

const only = { additionalProperties: false };
const count = (fallback: number, max: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: max, default: fallback, description }));
const text = (max: number, description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: max, description }));
/** A name of theirs; quoted as their database quotes, so any name is safe. */
const name = (description: string) =>
  Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\x00-\\x1f]+$', description });
const names = (max: number, description: string) =>
  Type.Array(name('列名 · Column'), { minItems: 1, maxItems: max, uniqueItems: true, description });

const connection = Type.Object(
  {
    kind: Type.Enum(['mysql', 'mariadb', 'postgres', 'sqlserver', 'oracle', 'sqlite'], {
      description: '数据库种类 · Kind of database',
    }),
    host: text(255, '主机 · Host'),
    port: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65535,
        description: '端口，缺省为该种数据库的端口 · Port, else the usual one of its kind',
      }),
    ),
    database: text(128, '数据库名；Oracle 为服务名 · Database; the service name on Oracle'),
    schema: text(128, '模式、属主，缺省为账号的 · Schema or owner, else that of the account'),
    user: text(128, '账号，应只有读（写）该对象的权限 · Account; it needs no right beyond this one object'),
    password: Type.Optional(
      Type.String({ maxLength: 500, description: '口令，用 $设置 · Password, as a $setting' }),
    ),
    file: text(1000, 'SQLite 文件 · File, for SQLite'),
    tls: Type.Optional(
      Type.Object(
        {
          ca: text(1000, 'CA 证书文件（PEM） · CA file'),
          certificate: text(1000, '本方证书文件 · Our certificate file'),
          key: text(1000, '本方私钥文件 · Our key file'),
          serverName: text(255, '校验用的主机名，缺省为 host · Name to verify, host by default'),
        },
        { ...only, description: 'TLS；对方证书须可验证 · TLS; their certificate must verify' },
      ),
    ),
    connectMs: count(10_000, 600_000, '连接超时（毫秒） · Time to connect, milliseconds'),
    statementMs: count(30_000, 600_000, '语句超时（毫秒） · Longest a statement may take, milliseconds'),
  },
  { ...only, description: '对方数据库 · Their database' },
);

const value = Type.Union([Type.String({ maxLength: 500 }), Type.Number(), Type.Boolean(), Type.Null()], {
  description: '值 · Value',
});

const listen = Type.Object(
  {
    connection,
    view: name('视图或表 · View or table'),
    key: names(8, '唯一标识一行的列 · Columns that identify a row'),
    mark: names(
      4,
      '高水位列：修改时间或递增号；取第一个非空者 · High-water mark: time of change or a growing number; of several the first that is not null counts',
    ),
    markKind: Type.Optional(
      Type.Enum(['time', 'number'], { default: 'time', description: '高水位的种类 · What the mark is' }),
    ),
    overlap: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 604_800,
        default: 60,
        description:
          '每次回读多少（秒，或号数），补上迟到的提交与时钟偏差 · How far each poll reads back (seconds, or numbers), for late commits and clocks that differ',
      }),
    ),
    clock: Type.Optional(
      Type.Enum(['local', 'utc', 'none'], {
        default: 'local',
        description:
          '高水位时间所用的时钟：对方数据库本地时间、UTC、不核对 · Clock that fills the mark: local time of their database, UTC, or not compared',
      }),
    ),
    changes: Type.Optional(
      Type.Enum(['hash', 'mark', 'none'], {
        default: 'hash',
        description:
          '回读范围内何为变化：内容、高水位、从不变化 · What makes a row of the overlap new again: its content, its mark, nothing',
      }),
    ),
    columns: Type.Optional(
      names(
        500,
        '读取的列；设置后缺一列即停止并报告 · Columns that are read; set, reading stops and says so where one is gone',
      ),
    ),
    where: Type.Optional(
      Type.Record(Type.String({ pattern: '^[^\\x00-\\x1f]{1,128}$' }), value, {
        description:
          '条件：列 = 值，全部成立；null 为空 · Conditions, column = value, all of them; null: is null',
      }),
    ),
    every: Type.Optional(
      Type.Number({
        minimum: 0.05,
        maximum: 86_400,
        default: 10,
        description: '轮询间隔（秒） · Seconds between polls',
      }),
    ),
    page: count(500, 5000, '每页行数 · Rows of a page'),
    inFlight: count(
      1,
      200,
      '同时交付的行数；大于 1 更快，但失败重试时同页内先后可能变化 · Rows handed over at once; above 1 is faster, but a retry may change the order within a page',
    ),
    maxRowBytes: count(4_194_304, 67_108_864, '一行的上限（字节） · Largest row in bytes'),
    backfill: Type.String({
      minLength: 1,
      maxLength: 64,
      description:
        '首次从高水位的何值读起；all 为全部 · Value of the mark from which the first reading begins; `all`: everything',
    }),
  },
  { ...only, description: '轮询视图 · Poll of a view' },
);

const send = Type.Object(
  {
    connection,
    table: name('写入的表 · Table that is written'),
    columns: names(
      500,
      '可写的列；报文有其他键即拒绝 · Columns that may be written; a row with others is refused',
    ),
    key: names(8, '幂等的键，须在 columns 中 · Key by which a repeat is recognised; among the columns'),
    mode: Type.Optional(
      Type.Enum(['upsert', 'insert'], {
        default: 'upsert',
        description: '键已存在时：更新，或保持不变 · Where the key exists: update, or leave as it is',
      }),
    ),
  },
  { ...only, description: '写入表 · Writer of a table' },
);

export type ConnectionSettings = Static<typeof connection>;
export type ListenSettings = Static<typeof listen>;
export type SendSettings = Static<typeof send>;
export type Kind = ConnectionSettings['kind'];

export const descriptor: AdapterDescriptor = {
  id: 'dbview',
  title: t('数据库视图（轮询与写表）', 'Database view (poll, and write to a table)'),
  listen,
  send,
  single: true,
};
