import type { Sender } from '../../../contracts/adapter/port.ts';
import { isFault } from '../../../contracts/kernel/fault.ts';
import type { Endpoint } from '../book.ts';
import type { Hub } from '../hub.ts';
import { resolveSettings } from '../supervise/links.ts';

type Settings = Readonly<Record<string, unknown>>;
type Hands = Pick<Hub, 'options' | 'links' | 'settingsOf' | 'kit'>;

export interface Wired {
  readonly sender: Sender;
  /** What the sender is told beside the bytes, from what the protocol says of the sample. */
  readonly with: (meta: Readonly<Record<string, string>>) => Record<string, string>;
}

/**
 * A sender to a listener of this node, made of the endpoint's own settings by the adapter it listens with; or why there is none. What
 * the listener asks of a partner (key, signature, user) is what the sender shows.
 */
export function wireTo(hub: Hands, endpoint: Endpoint): Wired | { readonly note: string } {
  const { def, orgId, id } = endpoint;
  const adapter = hub.options.adapters.get(def.adapter);
  if (!def.listen || !adapter?.connect) return { note: 'not-listening' };
  const { status } = hub.links.status(id);
  if (status !== 'listening') return { note: status === 'standby' ? 'other-node' : 'not-up' };
  try {
    const listen = resolveSettings(adapter, 'listen', def.listen, hub.settingsOf(orgId));
    const settings = sendSettings(def.adapter, listen, {
      port: hub.links.port(id),
      web: hub.options.web.local,
      known: Object.keys((adapter.descriptor.send?.properties as Settings | undefined) ?? {}),
    });
    if (typeof settings === 'string') return { note: settings };
    return {
      with: (meta) => (def.adapter === 'mqtt' ? { topic: topicFor(meta, settings.username) } : {}),
      sender: adapter.connect({
        endpoint: `${endpoint.code}-self-test`,
        settings: resolveSettings(adapter, 'send', settings, {}),
        log: hub.kit.log,
        now: hub.kit.clock,
        web: hub.options.web,
        incident: () => undefined,
      }),
    };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { note: error.message };
  }
}

interface Where {
  readonly port: number | undefined;
  readonly web: string | undefined;
  /** Names of settings the sender takes. */
  readonly known: readonly string[];
}

function sendSettings(
  adapter: string,
  listen: Settings,
  { port, web, known }: Where,
): Record<string, unknown> | string {
  if (adapter === 'mqtt') return mqttClient(listen.broker, port);
  const { path, host, tls } = listen;
  if (tls !== undefined) return 'tls';
  if (
    listen.clientCertificate ||
    (listen.auth as { clientCertificate?: unknown } | undefined)?.clientCertificate
  )
    return 'certificate';
  if (adapter === 'mllp') {
    if (!port || listen.dialOut) return 'not-listening';
    const at = typeof host === 'string' && host !== '0.0.0.0' && host !== '::' ? host : '127.0.0.1';
    return { host: at, port, ...pick(listen, ['startBytes', 'endBytes', 'requireFinalCr']) };
  }
  if (adapter === 'astm') {
    if (!port || listen.dialOut) return 'not-listening';
    return { host: typeof host === 'string' && host !== '0.0.0.0' ? host : '127.0.0.1', port };
  }
  if (web?.startsWith('https:')) return 'tls';
  if (adapter === 'http') {
    if (typeof path !== 'string' || !web) return 'not-listening';
    return { url: `${web}/in/${path}`, ...httpAuth(listen.auth) };
  }
  if (adapter === 'soap') {
    const contract = pick(
      listen,
      known.filter((name) => name !== 'usernameToken' && name !== 'basic'),
    );
    const version = listen.versions === '1.1' ? { version: '1.1' } : {};
    return {
      url: `${web}${typeof path === 'string' ? path : '/soap/hip'}`,
      ...contract,
      ...version,
      ...soapAuth(listen),
    };
  }
  return 'no-client';
}

interface MqttBroker {
  readonly tls?: unknown;
  readonly devices?: readonly { readonly name: string; readonly password?: string }[];
  readonly anonymous?: unknown;
}

/** Of devices only those whose password is known here, not its hash alone. */
function mqttClient(settings: unknown, port: number | undefined): Record<string, unknown> | string {
  if (!settings || !port) return 'no-client';
  const { tls, devices = [], anonymous } = settings as MqttBroker;
  if (tls !== undefined) return 'tls';
  const device = devices.find(({ password }) => password && !password.startsWith('scrypt:'));
  if (!device && !anonymous) return 'no-client';
  const url = `mqtt://127.0.0.1:${port}`;
  return device ? { url, username: device.name, password: device.password } : { url };
}

/** The topic of a sample, the device that sent it replaced by the one that sends it now. */
const topicFor = ({ topic = '', user }: Readonly<Record<string, string>>, name: unknown): string =>
  topic
    .split('/')
    .map((level) => (level === user && typeof name === 'string' ? name : level))
    .join('/');

const pick = (from: Settings, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));

function httpAuth(auth: unknown): Record<string, unknown> {
  if (typeof auth !== 'object' || auth === null) return {};
  const { apiKeys, apiKeyHeader, basic, hmac } = auth as {
    apiKeys?: string[];
    apiKeyHeader?: string;
    basic?: object[];
    hmac?: { secrets: string[] } & Record<string, unknown>;
  };
  const signature = hmac && {
    secret: hmac.secrets[0],
    ...pick(hmac, ['algorithm', 'header', 'timestampHeader', 'nonceHeader']),
  };
  return {
    auth: {
      ...(apiKeys ? { apiKey: { key: apiKeys[0], ...(apiKeyHeader ? { header: apiKeyHeader } : {}) } } : {}),
      ...(basic ? { basic: basic[0] } : {}),
      ...(signature ? { hmac: signature } : {}),
    },
  };
}

function soapAuth({ usernameToken, basic }: Settings): Record<string, unknown> {
  const token = usernameToken as { users: object[]; password?: string } | undefined;
  const type = token?.password === 'digest' ? { type: 'digest' } : {};
  return {
    ...(token ? { usernameToken: { ...token.users[0], ...type } } : {}),
    ...(Array.isArray(basic) ? { basic: basic[0] } : {}),
  };
}
