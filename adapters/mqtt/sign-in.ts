import { randomBytes } from 'node:crypto';
import type { IConnackPacket, IConnectPacket } from 'mqtt-packet';
import type { Host, Line } from './host.ts';
import type { Session } from './session.ts';
import { Rights, topicProblem } from './topics.ts';

/** Reason code of MQTT 5 (section 3.2.2.2), return code of 3.1.1 (section 3.2.2.3). */
interface Refused {
  readonly code: number;
  readonly returnCode: number;
  readonly reason: string;
}
const refused = (code: number, returnCode: number, reason: string) => ({
  refused: { code, returnCode, reason },
});

export interface SignedIn {
  readonly session: Session;
  readonly rights: Rights;
  readonly keepAliveMs: number | undefined;
  /** Messages and bytes the client takes at once. */
  readonly window: number;
  readonly maxBytes: number;
}

/** Most topic aliases of one connection. */
export const mostAliases = 64;
const forEver = 0xffffffff;
/** Unacknowledged messages of ours that a client before MQTT 5 is given at once. */
const usualWindow = 32;

/** Checks CONNECT: who it is, its client id, its will. Takes over the session, or opens one. */
export async function signIn(
  packet: IConnectPacket,
  host: Host,
  line: Line,
  certificateName: string | undefined,
): Promise<{ readonly refused: Refused } | { readonly client: SignedIn; readonly connack: IConnackPacket }> {
  const { properties = {} } = packet;
  if (properties.authenticationMethod !== undefined)
    return refused(0x8c, 2, 'asks for an authentication method; only name and password are known');
  const given = packet.clientId;
  const mayBeEmpty = packet.protocolVersion === 5 || packet.clean !== false;
  if (given === '' ? !mayBeEmpty : /[\p{Cc}\ufffd]/u.test(given) || given.length > 128)
    return refused(0x85, 2, 'its client id is not valid');
  const device = await deviceOf(packet, host, line.wire.peer, certificateName);
  if ('refused' in device) return device;
  const clientId = given === '' ? `auto-${randomBytes(9).toString('base64url')}` : given;
  const rights = new Rights(device.rights, device.name, clientId);
  const { will } = packet;
  if (will && topicProblem(will.topic) !== undefined)
    return refused(0x90, 2, 'the topic of its will is not valid');
  if (will && !rights.mayPublish(will.topic.split('/')))
    return refused(0x87, 5, `may not publish its will to ${will.topic.slice(0, 100)}`);

  const before = host.broker.session(clientId);
  if (before && before.user !== device.name)
    return refused(0x85, 2, 'its client id belongs to a session of another device');
  host.holders
    .get(clientId)
    ?.close({ kind: 'taken-over', reason: 'another connection came with its client id', code: 0x8e });
  const resumed = packet.clean === false ? host.broker.session(clientId) : undefined;
  const session = resumed ?? host.broker.open(clientId, device.name);
  if (!session) return refused(0x97, 3, 'there is no room for another session');
  host.holders.set(clientId, line);
  clearTimeout(session.bequest?.timer);
  session.bequest = undefined;
  session.will = will;
  session.expirySeconds = expiryOf(packet, host);
  session.expiresAt = Number.POSITIVE_INFINITY;

  const { limits } = host;
  const asked = packet.keepalive ?? 0;
  const most = Math.floor(limits.maxKeepAliveMs / 1000);
  const overruled = packet.protocolVersion === 5 && (asked === 0 || asked > most);
  const keepAliveMs = overruled ? limits.maxKeepAliveMs : asked === 0 ? undefined : asked * 1000;
  return {
    client: {
      session,
      rights,
      keepAliveMs,
      window: properties.receiveMaximum || (packet.protocolVersion === 5 ? 65535 : usualWindow),
      maxBytes: properties.maximumPacketSize || Number.POSITIVE_INFINITY,
    },
    connack: {
      cmd: 'connack',
      sessionPresent: resumed !== undefined,
      reasonCode: 0,
      returnCode: 0,
      properties: {
        receiveMaximum: Math.min(65535, limits.maxPending),
        maximumPacketSize: limits.maxPacketBytes,
        topicAliasMaximum: mostAliases,
        sharedSubscriptionAvailable: false,
        ...(given === '' && { assignedClientIdentifier: clientId }),
        ...(overruled && { serverKeepAlive: most }),
        ...(session.expirySeconds !== (properties.sessionExpiryInterval ?? 0) && {
          sessionExpiryInterval: session.expirySeconds,
        }),
      },
    },
  };
}

async function deviceOf(
  packet: IConnectPacket,
  { settings, credentials }: Host,
  peer: string,
  certificateName?: string,
) {
  const { username } = packet;
  if (settings.tls?.nameFromCertificate && certificateName !== undefined) {
    const device = credentials.named(certificateName);
    if (!device)
      return refused(0x87, 5, `${certificateName} of its certificate is no device of this endpoint`);
    if (username !== undefined && username !== device.name)
      return refused(0x86, 4, 'its user name is not the one of its certificate');
    return { name: device.name, rights: device };
  }
  if (username === undefined) {
    const { anonymous } = settings;
    return anonymous ? { name: '', rights: anonymous } : refused(0x86, 5, 'gives no user name');
  }
  const found = await credentials.check(username, packet.password, peer.replace(/:\d+$/, ''));
  if (found === 'busy') return refused(0x9f, 3, 'too many attempts; it has to wait');
  if (found === 'wrong') return refused(0x86, 4, 'wrong user name or password');
  return { name: found.name, rights: found };
}

function expiryOf({ protocolVersion, clean, properties }: IConnectPacket, { limits }: Host): number {
  const asked =
    protocolVersion === 5 ? (properties?.sessionExpiryInterval ?? 0) : clean === false ? forEver : 0;
  return Math.min(asked, limits.sessionSeconds);
}
