import type { IPublishPacket } from 'mqtt-packet';
import type { InboundFrame, ListenContext, Reply } from '../../contracts/adapter/port.ts';
import type { Publication } from './session.ts';
import type { Reader } from './topics.ts';

/** Who a message comes from, as the journal notes it. */
export interface Source {
  readonly connection: string;
  readonly peer: string;
  readonly peerCertificate?: string | undefined;
  readonly clientId: string;
  /** Device that signed in; empty where the broker does not say. */
  readonly user: string;
}

export interface Copy {
  readonly packetId: number;
  /** The sender says that it may have sent this before. */
  readonly dup: boolean;
  readonly will?: boolean;
  readonly retained?: boolean;
}

interface Taker {
  readonly context: Pick<ListenContext, 'accept' | 'now'>;
  readonly intake: Reader;
}

/** Bytes of a payload that are not those of the read buffer, which would be held alive by them. */
const own = (payload: string | Buffer): Buffer => Buffer.from(payload as Buffer);

/** A PUBLISH as a message between clients. What belongs to one connection (alias, ids, age) stays behind. */
export function publicationOf(
  { payload, qos, retain, properties }: IPublishPacket,
  topic: string,
  from: string,
  now: number,
): Publication {
  const { topicAlias: _, subscriptionIdentifier: __, messageExpiryInterval: age, ...rest } = properties ?? {};
  return {
    topic,
    payload: own(payload),
    qos,
    retain,
    from,
    ...(Object.keys(rest).length > 0 && { properties: rest }),
    ...(typeof age === 'number' && { expiresAt: now + age * 1000 }),
  };
}

/** Hands a message over where its topic is one for us; resolves once it is kept, with undefined where it only passes between clients. */
export function take(
  { context, intake }: Taker,
  { topic, payload }: Pick<Publication, 'topic' | 'payload'>,
  levels: readonly string[],
  source: Source,
  { packetId, dup, will, retained }: Copy,
): Promise<Reply | undefined> {
  const said = intake(levels);
  if (!said) return Promise.resolve(undefined);
  const receivedAt = context.now();
  const frame: InboundFrame = {
    bytes: payload,
    connection: source.connection,
    peer: source.peer,
    ...(source.peerCertificate !== undefined && { peerCertificate: source.peerCertificate }),
    receivedAt,
    oddities: [...(will ? ['will'] : []), ...(retained ? ['retained'] : [])],
    mayRepeat: dup,
    meta: {
      topic,
      client: source.clientId,
      ...(source.user !== '' && { user: source.user }),
      ...(packetId > 0 && { packet: String(packetId) }),
      ...said,
      at: new Date(receivedAt).toISOString(),
    },
  };
  return context.accept(frame);
}
