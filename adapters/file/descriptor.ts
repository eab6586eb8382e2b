import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';

const only = { additionalProperties: false };
const count = (fallback: number, min: number, max: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: min, maximum: max, default: fallback, description }));
const flag = (description: string) => Type.Optional(Type.Boolean({ default: false, description }));
const inner = (fallback: string, description: string) =>
  Type.Optional(
    Type.String({
      pattern: '^(?!\\.{1,2}(/|$))[^/\\\\\\u0000-\\u001f][^\\\\\\u0000-\\u001f]*$',
      maxLength: 200,
      default: fallback,
      description,
    }),
  );

const sftpSchema = Type.Object(
  {
    host: Type.String({ description: '服务器 · Host' }),
    port: count(22, 1, 65535, '端口 · Port'),
    user: Type.String({ description: '用户 · User' }),
    password: Type.Optional(Type.String({ description: '口令，用 $设置 引用 · Password, by $setting' })),
    privateKey: Type.Optional(Type.String({ description: '私钥文件 · Private key file' })),
    passphrase: Type.Optional(Type.String({ description: '私钥口令 · Passphrase of the key' })),
    hostKeys: Type.Array(Type.String({ pattern: '^SHA256:[A-Za-z0-9+/]{43}=?$' }), {
      minItems: 1,
      maxItems: 5,
      description:
        '服务器主机密钥指纹（ssh-keygen -lf），不符则不连接 · Fingerprints of the host key (ssh-keygen -lf); with any other we do not connect',
    }),
    connectMs: count(15_000, 100, 600_000, '连接超时（毫秒） · Time to connect, milliseconds'),
    requestMs: count(60_000, 100, 600_000, '单次操作超时（毫秒） · Time for one request, milliseconds'),
  },
  { ...only, description: 'SFTP 服务器；不设则为本机文件夹 · SFTP server; a local folder without it' },
);

const place = {
  folder: Type.String({
    minLength: 1,
    maxLength: 1000,
    description:
      '文件夹：SFTP 服务器上的；本机的在本机构的文件目录（CYTOMESH_FILE_FOLDER/机构代码）之内 · Folder, on the SFTP server, or inside the organisation’s own below CYTOMESH_FILE_FOLDER/CODE',
  }),
  sftp: Type.Optional(sftpSchema),
  create: flag('文件夹不存在时创建 · The folder is made where it is missing'),
};

const listen = Type.Object(
  {
    ...place,
    optional: flag(
      '文件夹不存在时静候，不报警 · A folder that is not there is waited for without an incident',
    ),
    pattern: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 300,
        default: '*',
        description:
          '文件名模式，* ? 通配，| 分隔多个，不分大小写 · Names taken: * and ?, several with |, any case',
      }),
    ),
    subfolders: flag('包括子文件夹 · Subfolders too'),
    order: Type.Optional(
      Type.Enum(['name', 'time'], {
        default: 'name',
        description: '先后按文件名或修改时间 · Order by name or by time of change',
      }),
    ),
    pollMs: count(
      5000,
      10,
      3_600_000,
      '轮询间隔（毫秒）；本机文件夹有变化时立即查看 · Time between looks; a change in a local folder wakes at once',
    ),
    ready: Type.Optional(
      Type.Enum(['stable', 'companion', 'named'], {
        default: 'stable',
        description:
          'stable: 大小与时间在 stableMs 内不变；companion: 出现同名标志文件；named: 改名为匹配的名称即完整 · Unchanged for stableMs; its companion file is there; complete as soon as it has its name',
      }),
    ),
    stableMs: count(
      3000,
      0,
      3_600_000,
      '多久不变算写完（毫秒） · Unchanged for so long is complete, milliseconds',
    ),
    companion: Type.Optional(
      Type.String({
        pattern: '^\\.[A-Za-z0-9_-]{1,20}$',
        default: '.done',
        description: '标志文件后缀 · Suffix of the companion',
      }),
    ),
    maxBytes: count(67_108_864, 1, 1_073_741_824, '单个文件上限（字节） · Largest file in bytes'),
    keepOriginal: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          '原文件另存于文件库，按 SHA-256 可查 · The file itself is kept in the media database under its SHA-256',
      }),
    ),
    processed: inner('processed', '已处理文件的文件夹，按日期分 · Where files go that were taken, by date'),
    error: inner('error', '被拒文件的文件夹 · Where files go that were refused'),
    results: Type.Optional(
      Type.Boolean({
        default: true,
        description: '写 <文件名>.result.csv · Write <name>.result.csv with the outcome of each message',
      }),
    ),
    remove: flag(
      '处理后删除而不移动（被拒的仍移动） · Taken files are deleted instead of moved; refused ones are still moved',
    ),
    takeBackMs: count(
      60_000,
      100,
      3_600_000,
      '其他节点占用的文件多久无活动即收回（毫秒） · A claim of another node without a sign of life for so long is taken back',
    ),
  },
  { ...only, description: '监视文件夹 · Watched folder' },
);

const send = Type.Object(
  {
    ...place,
    name: Type.Optional(
      Type.String({
        pattern: '^[^/\\\\\\u0000-\\u001f]+$',
        maxLength: 150,
        description:
          '文件名模板：{date} {time} {id} {controlId}，及通道 with 中的名称；with.file 优先，缺省 {date}-{time}-{id} · Template of names, also names of the target’s `with`; with.file beats it',
      }),
    ),
    companion: Type.Optional(
      Type.String({
        pattern: '^\\.[A-Za-z0-9_-]{1,20}$',
        description: '随后写的空标志文件后缀，如 .done · Empty file written behind it, e.g. .done',
      }),
    ),
    work: inner('.work', '临时文件与发送记录的文件夹 · Folder of temporary files and of notes what was sent'),
    rememberDays: count(14, 1, 3650, '发送记录保留天数 · Days it is remembered what was sent'),
    answer: Type.Optional(
      Type.String({
        pattern: '^[^\\\\\\u0000-\\u001f]+$',
        maxLength: 200,
        description:
          '对方应答文件的模式：{name} {stem} {id} {controlId} 与 *，相对于文件夹 · The partner’s answer: pattern of its name, relative to the folder',
      }),
    ),
    refusal: Type.Optional(
      Type.String({
        pattern: '^[^\\\\\\u0000-\\u001f]+$',
        maxLength: 200,
        description: '对方拒收文件的模式，同上 · The partner’s refusal, as above',
      }),
    ),
    answerMs: count(
      1000,
      10,
      600_000,
      '查看应答的间隔（毫秒） · Time between looks for the answer, milliseconds',
    ),
    maxAnswerBytes: count(16_777_216, 1, 1_073_741_824, '应答文件上限（字节） · Largest answer in bytes'),
  },
  { ...only, description: '写文件 · Writer of files' },
);

export type SftpSettings = Static<typeof sftpSchema>;
export type ListenSettings = Static<typeof listen>;
export type SendSettings = Static<typeof send>;

export const descriptor: AdapterDescriptor = {
  id: 'file',
  title: t('文件与 SFTP', 'Files and SFTP'),
  listen,
  send,
};
