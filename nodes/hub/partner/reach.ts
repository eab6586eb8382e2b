import { connect, createServer } from 'node:net';
import type { channelTemplateActions } from '../../../contracts/channel/channel-template.actions.ts';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import type { Result } from '../../../contracts/kernel/action.ts';
import { isFault } from '../../../contracts/kernel/fault.ts';
import type { Hub } from '../hub.ts';
import { resolveSettings } from '../supervise/links.ts';

export type Reached = Result<typeof channelTemplateActions.reach>['items'][number];
type Settings = Readonly<Record<string, unknown>>;

const waitMs = 3000;
const ports: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  mqtt: 1883,
  mqtts: 8883,
  ws: 80,
  wss: 443,
  sftp: 22,
  mysql: 3306,
  mariadb: 3306,
  postgres: 5432,
  sqlserver: 1433,
  oracle: 1521,
};

/** Tries the addresses of an endpoint, without a message: is its port free or ours, does its peer take a connection. */
export async function reach(
  hub: Pick<Hub, 'options' | 'links' | 'book' | 'kit'>,
  orgId: string,
  def: EndpointDef,
  values: Settings,
): Promise<Reached[]> {
  const adapter = hub.options.adapters.get(def.adapter);
  if (!adapter) return [];
  const found: Reached[] = [];
  for (const way of ['listen', 'send'] as const) {
    const given = def[way];
    if (!given) continue;
    const common = { endpoint: def.endpoint, way };
    try {
      const settings = resolveSettings(adapter, way, given, values);
      const began = hub.kit.clock();
      const { dialOut, poll, connection, client, sftp } = settings;
      const called = dialOut ?? poll ?? connection ?? client ?? sftp ?? adapter.descriptor.calls;
      const address = way === 'send' || called ? addressOf(settings) : undefined;
      const told = address ? await answered(address) : await offered(hub, orgId, def, settings);
      found.push({ ...common, ...told, ms: hub.kit.clock() - began });
    } catch (error) {
      if (!isFault(error)) throw error;
      found.push({ ...common, target: '', outcome: 'bad', reason: error.message, ms: 0 });
    }
  }
  return found;
}

interface Address {
  readonly host: string;
  readonly port: number;
}
type Told = Pick<Reached, 'target' | 'outcome' | 'reason'>;

/** Where a sender, a poll or a caller of theirs connects to, as far as its settings say it in the usual names. */
function addressOf(settings: Settings): Address | undefined {
  for (const one of [
    settings,
    settings.poll,
    settings.dialOut,
    settings.database,
    settings.broker,
    settings.sftp,
    settings.connection,
    settings.client,
  ]) {
    if (typeof one !== 'object' || one === null) continue;
    const { url, host, port, kind } = one as Record<'url' | 'host' | 'port' | 'kind', unknown>;
    if (typeof url === 'string') {
      const found = /^([a-z]+):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/?{]+)(?::(\d+))?/i.exec(url);
      const known = Number(found?.[3] ?? ports[found?.[1]?.toLowerCase() ?? '']);
      if (found && known) return { host: found[2]!.replace(/^\[|\]$/g, ''), port: known };
    }
    const usual = ports[one === settings.sftp ? 'sftp' : String(kind)];
    if (typeof host === 'string' && (port ?? usual)) return { host, port: Number(port ?? usual) };
  }
  return undefined;
}

function answered({ host, port }: Address): Promise<Told> {
  const target = `${host}:${port}`;
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: waitMs });
    const end = (outcome: Told['outcome'], reason: string): void => {
      socket.destroy();
      resolve({ target, outcome, reason });
    };
    socket.once('connect', () => end('good', 'open'));
    socket.once('timeout', () => end('bad', 'timeout'));
    socket.once('error', (error: NodeJS.ErrnoException) => end('bad', error.code ?? error.message));
  });
}

async function offered(
  hub: Pick<Hub, 'links' | 'book' | 'options'>,
  orgId: string,
  def: EndpointDef,
  settings: Settings,
): Promise<Told> {
  const { port, host } = settings as { port?: unknown; host?: unknown };
  if (typeof port === 'number' && port > 0) {
    const target = `:${port}`;
    const holder = hub.links.holderOf(port);
    if (holder)
      return holder.orgId === orgId && holder.code === def.endpoint
        ? { target, outcome: 'good', reason: 'ours' }
        : { target, outcome: 'bad', reason: holder.orgId === orgId ? `taken ${holder.code}` : 'taken' };
    const code = await bound(port, typeof host === 'string' ? host : undefined);
    return code === ''
      ? { target, outcome: 'good', reason: 'free' }
      : { target, outcome: 'bad', reason: code };
  }
  if (typeof settings.path === 'string') {
    const other = [...hub.book.endpoints.values()].find(
      (e) =>
        e.def.adapter === def.adapter &&
        e.def.listen?.path === settings.path &&
        !(e.orgId === orgId && e.code === def.endpoint),
    );
    const target = `${hub.options.web.url}${settings.path.startsWith('/') ? '' : '/in/'}${settings.path}`;
    return other
      ? { target, outcome: 'bad', reason: other.orgId === orgId ? `taken ${other.code}` : 'taken' }
      : { target, outcome: 'good', reason: 'free' };
  }
  return { target: '', outcome: 'unknown', reason: 'nothing to try' };
}

/** Empty where the port can be bound. */
const bound = (port: number, host: string | undefined): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, ...(host ? { host } : {}) }, () => server.close(() => resolve('')));
  });
