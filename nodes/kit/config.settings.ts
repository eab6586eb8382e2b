import { type TSchema, Type } from 'typebox';
import { type Text, t } from '../../contracts/kernel/text.ts';

/** One setting of the platform: an environment variable, what it may hold and what it means. */
export interface Setting {
  readonly schema: TSchema;
  /** How the text of the environment becomes the value the schema checks. */
  readonly read: (text: string) => unknown;
  /** What is expected, put into the refusal: `expected <this>`. */
  readonly expected: string;
  /** The default as shown to people; a text in angle brackets is computed. */
  readonly fallback: string;
  readonly meaning: Text;
  /** The value may hold a password: it is never printed. */
  readonly secret?: boolean;
}

const text = (value: string) => value;
const integer = (value: string) => (/^\d{1,9}$/.test(value) ? Number(value) : value);
const words = (value: string) =>
  value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
const onOff = (value: string) => (value === 'on' ? true : value === 'off' ? false : value);

const port = (fallback: number, zh: string, en: string): Setting => ({
  schema: Type.Integer({ minimum: 0, maximum: 65535 }),
  read: integer,
  expected: 'a port number from 0 (any free one) to 65535',
  fallback: String(fallback),
  meaning: t(zh, en),
});

const database = (name: string, zh: string, en: string): Setting => ({
  schema: Type.String({
    pattern: '^(sqlite:.+|(mysql|mariadb|postgres|postgresql)://[^/\\s]+/[^/\\s?]+(\\?\\S*)?)$',
  }),
  read: text,
  expected: 'sqlite:<file>, mysql://, mariadb:// or postgres:// with host and database name',
  fallback: `<data>/${name}.sqlite`,
  meaning: t(zh, en),
  secret: true,
});

const file = (fallback: string, zh: string, en: string): Setting => ({
  schema: Type.String({ minLength: 1, maxLength: 1000, pattern: '^[^\\x00-\\x1f]+$' }),
  read: text,
  expected: 'a path',
  fallback,
  meaning: t(zh, en),
});

const urlOf = (schemes: string, fallback: string, zh: string, en: string): Setting => ({
  schema: Type.String({ pattern: `^((${schemes})://[^\\s,]+)(,(${schemes})://[^\\s,]+)*$` }),
  read: text,
  expected: `a URL that begins with ${schemes.split('|').join(':// or ')}://`,
  fallback,
  meaning: t(zh, en),
  secret: true,
});

/** Every setting there is. A key that begins with CYTOMESH_ and is not here stops the start. */
export const settings = {
  CYTOMESH_HTTP_PORT: port(3000, '门户、REST 与 Swagger UI 端口', 'Port of the portal, REST and Swagger UI'),
  CYTOMESH_HTTP_TLS_CERT: file(
    '',
    '门户与 REST 的 HTTPS 证书文件（PEM），设置后该端口为 HTTPS',
    'Certificate file of the portal and REST (PEM); setting it makes that port HTTPS',
  ),
  CYTOMESH_HTTP_TLS_KEY: file('', '门户与 REST 的 HTTPS 私钥文件（PEM）', 'Its key file (PEM)'),
  CYTOMESH_INTERFACE_PORT: port(3001, '接口 HTTP 端口（SOAP、REST 接入）', 'Port for SOAP and REST partners'),
  CYTOMESH_INTERFACE_URL: {
    schema: Type.String({ pattern: '^https?://[^\\s,?#]+$', maxLength: 500 }),
    read: text,
    expected: 'a URL that begins with http:// or https://',
    fallback: '<bound address>',
    meaning: t(
      '接口端口的对外地址（经代理时），写入 WSDL 等',
      'Address by which partners reach the interface port, e.g. behind a proxy; written into WSDL',
    ),
  },
  CYTOMESH_INTERFACE_TLS_CERT: file(
    '',
    '接口端口证书文件（PEM），设置后该端口为 HTTPS',
    'Certificate file of the interface port (PEM); setting it makes that port HTTPS',
  ),
  CYTOMESH_INTERFACE_TLS_KEY: file('', '接口端口私钥文件（PEM）', 'Its key file (PEM)'),
  CYTOMESH_INTERFACE_TLS_CA: file(
    '',
    '接口客户端证书的 CA 文件；要求证书的端点按此校验',
    'CA file for client certificates of partners; endpoints that ask for one check it by this',
  ),
  CYTOMESH_MLLP_PORT: port(2575, 'MLLP 端口', 'MLLP port'),
  CYTOMESH_MLLP_TLS_PORT: port(
    2576,
    'MLLP TLS 端口，配置证书后启用',
    'MLLP over TLS; opened when a certificate is set',
  ),
  CYTOMESH_MLLP_TLS_CERT: file('', 'MLLP TLS 证书文件（PEM）', 'Certificate file for MLLP over TLS (PEM)'),
  CYTOMESH_MLLP_TLS_KEY: file('', 'MLLP TLS 私钥文件（PEM）', 'Key file for MLLP over TLS (PEM)'),
  CYTOMESH_MLLP_TLS_CA: file(
    '',
    '客户端证书的 CA 文件，设置后启用双向认证',
    'CA file for client certificates; setting it asks every client for one',
  ),
  CYTOMESH_MQTT_PORT: port(1883, 'MQTT 端口（内嵌代理）', 'MQTT port of the embedded broker'),
  CYTOMESH_MQTT_URL: urlOf(
    'mqtt|mqtts',
    '',
    '外部 MQTT 代理地址，端点以 $mqttUrl 引用',
    'Outside MQTT broker, which endpoints name as $mqttUrl',
  ),
  CYTOMESH_DICOM_PORT: port(11112, 'DICOM 端口', 'DICOM port'),
  CYTOMESH_FILE_FOLDER: file(
    '<data>/files',
    '文件接口的目录，每个机构一个子目录',
    'Folder of the file interfaces, one inside it for each organisation',
  ),
  CYTOMESH_DATA: file('./data', '数据目录', 'Data folder'),
  CYTOMESH_DB_MAIN: database('main', '业务库地址', 'Main database'),
  CYTOMESH_DB_LOG: database('log', '日志与审计库地址', 'Log and audit database'),
  CYTOMESH_DB_MEDIA: database('media', '文件库地址', 'Media database'),
  CYTOMESH_DB_TELEMETRY: database('telemetry', '监测数据库地址', 'Telemetry database'),
  CYTOMESH_TRANSPORTER: urlOf(
    'nats|redis|rediss',
    '',
    '服务网格地址，不设则在进程内运行',
    'Mesh between nodes; in process when not set',
  ),
  CYTOMESH_SERVICES: {
    schema: Type.Array(Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' }), { minItems: 1 }),
    read: words,
    expected: 'a comma-separated list of words such as hub,gateway,order',
    fallback: '<all>',
    meaning: t('本进程运行的服务', 'Services this process runs'),
  },
  CYTOMESH_NODE_ID: {
    schema: Type.String({ pattern: '^[A-Za-z0-9_-]{1,60}$' }),
    read: text,
    expected: '1 to 60 letters, digits, hyphens or underscores',
    fallback: '<host>-<process>',
    meaning: t('节点编号，同一网格内唯一', 'Node id, unique in the mesh'),
  },
  CYTOMESH_NAMESPACE: {
    schema: Type.String({ pattern: '^[a-z0-9-]{1,30}$' }),
    read: text,
    expected: '1 to 30 lower-case letters, digits or hyphens',
    fallback: 'cytomesh',
    meaning: t('网格与队列的命名空间', 'Namespace of the mesh and the queue'),
  },
  CYTOMESH_REDIS_URL: urlOf(
    'redis|rediss',
    '',
    '队列 Redis 地址，不设则在进程内调度',
    'Redis of the queue; scheduling is in process when not set',
  ),
  CYTOMESH_DEMO: {
    schema: Type.Boolean(),
    read: onOff,
    expected: 'on or off',
    fallback: '<on, off in production>',
    meaning: t('演示数据与模拟医院', 'Demo data and simulated hospital'),
  },
  CYTOMESH_DEMO_TRAFFIC: {
    schema: Type.Boolean(),
    read: onOff,
    expected: 'on or off',
    fallback: 'on',
    meaning: t('演示模式下模拟 HIS 是否发送', 'Whether the simulated hospital of the demo sends'),
  },
  CYTOMESH_DEMO_HIS_PORT: port(
    2577,
    '模拟 HIS 接收端口',
    'Port on which the simulated hospital of the demo receives',
  ),
  CYTOMESH_ALLOWED_ORIGINS: {
    schema: Type.Array(Type.String({ pattern: '^https?://[^/\\s]+$' }), { minItems: 1 }),
    read: words,
    expected: 'a comma-separated list of origins such as https://his.example',
    fallback: '',
    meaning: t(
      '可用令牌调用接口、嵌入组件的其他站点',
      'Origins of foreign pages that may call with a token and show elements',
    ),
  },
  CYTOMESH_KEYS: file('<data>/keys.json', '列加密密钥文件', 'Key file of the column encryption'),
  CYTOMESH_LOG_LEVEL: {
    schema: Type.Union([
      Type.Literal('debug'),
      Type.Literal('info'),
      Type.Literal('warn'),
      Type.Literal('error'),
      Type.Literal('silent'),
    ]),
    read: text,
    expected: 'debug, info, warn, error or silent',
    fallback: 'info',
    meaning: t('日志级别', 'Log level'),
  },
  CYTOMESH_ADMIN_PASSWORD: {
    schema: Type.String({ minLength: 12, maxLength: 200 }),
    read: text,
    expected: 'at least 12 characters',
    fallback: '',
    meaning: t('生产环境首个管理员的初始密码', 'Password of the first administrator in production'),
    secret: true,
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
