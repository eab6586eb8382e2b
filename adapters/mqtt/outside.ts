import { connect, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { IConnectPacket } from 'mqtt-packet';
import type { ClientSettings } from './descriptor.ts';
import type { Version } from './packets.ts';
import { TlsFiles } from './tls-files.ts';

/** How an outside broker is reached, and who we are there. */
export interface Outside {
  readonly host: string;
  readonly port: number;
  readonly version: Version;
  readonly clientId: string;
  /** Rejects with the system's error, or `ETIMEDOUT` after `connectMs`. */
  open(): Promise<Socket>;
  connectPacket(clean: boolean, sessionHours: number, receiveMaximum: number): IConnectPacket;
  tlsOf(socket: Socket): string | undefined;
}

type Given = Pick<
  ClientSettings,
  'url' | 'version' | 'username' | 'password' | 'clientId' | 'connectMs' | 'keepAliveSeconds' | 'tls'
>;

/** Host, port, user and password of a URL; what the settings say beside it goes first. */
export function addressOfUrl({ url, username, password }: Pick<Given, 'url' | 'username' | 'password'>) {
  const parsed = new URL(url);
  const secure = parsed.protocol === 'mqtts:';
  const user = username ?? (parsed.username && decodeURIComponent(parsed.username));
  const secret = password ?? (parsed.password && decodeURIComponent(parsed.password));
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port) || (secure ? 8883 : 1883),
    secure,
    ...(user && { username: user }),
    ...(secret && { password: secret }),
  };
}

export function openOutside(settings: Given, endpoint: string): Outside {
  const { host, port, secure, username, password } = addressOfUrl(settings);
  const version = settings.version ?? 5;
  const clientId = settings.clientId ?? `cytomesh-${endpoint}`;
  const files = new TlsFiles(settings.tls ?? {});
  return {
    host,
    port,
    version,
    clientId,
    open: () =>
      new Promise((resolve, reject) => {
        const servername = settings.tls?.serverName ?? (/^[\d.]+$|:/.test(host) ? '' : host);
        const socket = secure
          ? connectTls({ host, port, servername, ...files.load() })
          : connect({ host, port, noDelay: true });
        const failed = (error: Error): void => {
          clearTimeout(late);
          socket.destroy();
          reject(error);
        };
        const late = setTimeout(
          () => failed(Object.assign(new Error('ETIMEDOUT'), { code: 'ETIMEDOUT' })),
          settings.connectMs ?? 10_000,
        );
        socket.on('error', failed);
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          clearTimeout(late);
          socket.removeListener('error', failed);
          socket.setNoDelay(true);
          socket.setKeepAlive(true, 30_000);
          resolve(socket);
        });
      }),
    connectPacket: (clean, sessionHours, receiveMaximum) => ({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clientId,
      clean,
      keepalive: settings.keepAliveSeconds ?? 30,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: Buffer.from(password) }),
      ...(version === 5 && {
        properties: { sessionExpiryInterval: sessionHours * 3600, receiveMaximum },
      }),
    }),
    tlsOf: (socket) => (socket instanceof TLSSocket ? (socket.getProtocol() ?? 'TLS') : undefined),
  };
}
