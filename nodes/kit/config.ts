import { hostname } from 'node:os';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Text } from '../../contracts/kernel/text.ts';
import { type Setting, type SettingName, settings } from './config.settings.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

interface TlsFilesOf {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** Everything the platform was told at its start. Built once by `loadConfig` and handed on; nobody else reads the environment. */
export interface Config {
  readonly production: boolean;
  readonly httpPort: number;
  /** Paths of PEM files. Absent: the portal and REST are plain HTTP. */
  readonly httpTls?: TlsFilesOf;
  readonly interfacePort: number;
  /** As partners reach the interface port; absent: its bound address. */
  readonly interfaceUrl?: string;
  /** Paths of PEM files. Absent: the interface port is plain HTTP. With `ca` clients are asked for a certificate. */
  readonly interfaceTls?: TlsFilesOf;
  readonly mllpPort: number;
  readonly mqttPort: number;
  /** Outside MQTT broker, for endpoints that subscribe there. May hold a password: never log. */
  readonly mqttUrl?: string;
  readonly dicomPort: number;
  readonly fileFolder: string;
  /** Paths of PEM files. Absent: no MLLP over TLS. With `ca` every client must show a certificate. */
  readonly mllpTls?: TlsFilesOf & { readonly port: number };
  readonly dataFolder: string;
  /** `sqlite:<file>`, `mysql://…`, `mariadb://…`, `postgres://…`. May hold passwords: never log. */
  readonly databases: {
    readonly main: string;
    readonly log: string;
    readonly media: string;
    readonly telemetry: string;
  };
  /** `nats://…` (a comma separates several servers), `redis://…`; absent: in process. */
  readonly transporter?: string;
  /** Words whose services run here; absent: all. */
  readonly services?: readonly string[];
  readonly nodeId: string;
  readonly namespace: string;
  /** Queue on Redis; absent: in process. */
  readonly redisUrl?: string;
  readonly demo: boolean;
  readonly demoTraffic: boolean;
  readonly demoHisPort: number;
  /** Origins of foreign pages that may call with a bearer token. */
  readonly allowedOrigins?: readonly string[];
  readonly keysFile: string;
  readonly logLevel: LogLevel;
  /** First administrator of a production installation. */
  readonly adminPassword?: string;
  /** Settings that were given rather than taken from their default, e.g. to refuse a taken port instead of moving on. */
  readonly given: ReadonlySet<SettingName>;
}

const demoPassword = 'Cytomesh#Demo1';

/**
 * Reads the settings. An empty variable counts as not set.
 * Throws `kernel.config.invalid` with one sentence that names the setting; a value that may be secret is not repeated.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  refuseUnknown(env);
  const given = new Set<SettingName>();
  const value = <T>(name: SettingName, fallback: T): T => {
    const text = env[name];
    if (text === undefined || text === '') return fallback;
    given.add(name);
    return check(name, text) as T;
  };
  const optional = <K extends string, T>(key: K, found: T | undefined) =>
    (found === undefined ? {} : { [key]: found }) as { [P in K]?: T };

  const production = env.NODE_ENV === 'production';
  const dataFolder = value('CYTOMESH_DATA', './data');
  const database = (name: SettingName, file: string) =>
    value(name, `sqlite:${join(dataFolder, `${file}.sqlite`)}`);
  const mllpTlsPort = value('CYTOMESH_MLLP_TLS_PORT', 2576);
  const mllpTls = readTls(value, 'MLLP');
  const config: Config = {
    production,
    httpPort: value('CYTOMESH_HTTP_PORT', 3000),
    ...optional('httpTls', readTls(value, 'HTTP')),
    interfacePort: value('CYTOMESH_INTERFACE_PORT', 3001),
    ...optional('interfaceUrl', value<string | undefined>('CYTOMESH_INTERFACE_URL', undefined)),
    ...optional('interfaceTls', readTls(value, 'INTERFACE')),
    mllpPort: value('CYTOMESH_MLLP_PORT', 2575),
    mqttPort: value('CYTOMESH_MQTT_PORT', 1883),
    ...optional('mqttUrl', value<string | undefined>('CYTOMESH_MQTT_URL', undefined)),
    dicomPort: value('CYTOMESH_DICOM_PORT', 11112),
    fileFolder: value('CYTOMESH_FILE_FOLDER', join(dataFolder, 'files')),
    ...optional('mllpTls', mllpTls && { port: mllpTlsPort, ...mllpTls }),
    dataFolder,
    databases: {
      main: database('CYTOMESH_DB_MAIN', 'main'),
      log: database('CYTOMESH_DB_LOG', 'log'),
      media: database('CYTOMESH_DB_MEDIA', 'media'),
      telemetry: database('CYTOMESH_DB_TELEMETRY', 'telemetry'),
    },
    ...optional('transporter', value<string | undefined>('CYTOMESH_TRANSPORTER', undefined)),
    ...optional('services', value<string[] | undefined>('CYTOMESH_SERVICES', undefined)),
    nodeId: value(
      'CYTOMESH_NODE_ID',
      `${hostname()
        .replace(/[^A-Za-z0-9_-]/g, '-')
        .slice(0, 48)}-${process.pid}`,
    ),
    namespace: value('CYTOMESH_NAMESPACE', 'cytomesh'),
    ...optional('redisUrl', value<string | undefined>('CYTOMESH_REDIS_URL', undefined)),
    demo: value('CYTOMESH_DEMO', !production),
    demoTraffic: value('CYTOMESH_DEMO_TRAFFIC', true),
    demoHisPort: value('CYTOMESH_DEMO_HIS_PORT', 2577),
    ...optional('allowedOrigins', value<string[] | undefined>('CYTOMESH_ALLOWED_ORIGINS', undefined)),
    keysFile: value('CYTOMESH_KEYS', join(dataFolder, 'keys.json')),
    logLevel: value<LogLevel>('CYTOMESH_LOG_LEVEL', 'info'),
    ...optional('adminPassword', value<string | undefined>('CYTOMESH_ADMIN_PASSWORD', undefined)),
    given,
  };
  refuseUnsafe(config);
  return config;
}

/** Rows of the settings table in the README: name, default as shown to people, meaning in both languages. */
export function describeConfig(): { name: SettingName; default: string; meaning: Text }[] {
  return (Object.keys(settings) as SettingName[]).map((name) => ({
    name,
    default: settings[name].fallback,
    meaning: settings[name].meaning,
  }));
}

function check(name: SettingName, text: string): unknown {
  const setting: Setting = settings[name];
  const found = setting.read(text);
  if (Value.Check(setting.schema, found)) return found;
  const shown = setting.secret
    ? 'has a value (not shown) that is not valid'
    : `is ${JSON.stringify(text.slice(0, 60))}`;
  throw invalid(`${name} ${shown}, expected ${setting.expected}`);
}

function readTls(
  value: <T>(name: SettingName, fallback: T) => T,
  port: 'HTTP' | 'INTERFACE' | 'MLLP',
): TlsFilesOf | undefined {
  const cert = value(`CYTOMESH_${port}_TLS_CERT`, '');
  const key = value(`CYTOMESH_${port}_TLS_KEY`, '');
  const ca = port === 'HTTP' ? '' : value(`CYTOMESH_${port}_TLS_CA`, '');
  if (cert === '' && key === '' && ca === '') return undefined;
  if (cert === '') throw invalid(`CYTOMESH_${port}_TLS_CERT is not set, but another TLS file of it is`);
  if (key === '') throw invalid(`CYTOMESH_${port}_TLS_KEY is not set, but CYTOMESH_${port}_TLS_CERT is`);
  return { cert, key, ...(ca === '' ? {} : { ca }) };
}

function refuseUnknown(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(env)) {
    if (!name.toUpperCase().startsWith('CYTOMESH_') || name in settings) continue;
    const near = nearest(name.toUpperCase(), Object.keys(settings));
    throw invalid(`${name} is not a setting, the nearest is ${near}`);
  }
}

function refuseUnsafe(config: Config): void {
  if (!config.production) return;
  if (config.demo) {
    throw invalid('CYTOMESH_DEMO is on, but NODE_ENV=production never runs with the known demo passwords');
  }
  if (config.adminPassword === demoPassword) {
    throw invalid('CYTOMESH_ADMIN_PASSWORD is the demo password, expected one of your own');
  }
}

const invalid = (problem: string) => new Fault('kernel.config.invalid', { problem });

function nearest(name: string, known: string[]): string {
  const rated = known.map((candidate) => ({ candidate, far: distance(name, candidate) }));
  return rated.reduce((best, next) => (next.far < best.far ? next : best)).candidate;
}

/** Edit distance (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, swap);
    }
    row = next;
  }
  return row[b.length]!;
}
