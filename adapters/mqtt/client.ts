import type {
  IConnectPacket,
  IPublishPacket,
  ISubscribePacket,
  IUnsubscribePacket,
  Packet,
  QoS,
} from 'mqtt-packet';
import type { Reply } from '../../contracts/adapter/port.ts';
import type { Host, Line } from './host.ts';
import { publicationOf, type Source, take } from './publish.ts';
import type { Outlet, Publication, Session } from './session.ts';
import { mostAliases, type SignedIn } from './sign-in.ts';
import { filterProblem, topicProblem } from './topics.ts';

const mostSubscriptions = 100;
/** Messages of QoS 2 that were taken and not released by PUBREL. */
const mostUnreleased = 2000;

/** What is told of a message beside its acknowledgement: MQTT 5, section 3.4.2.1. */
const codeOf = (reply: Reply | undefined, taken: number): number => {
  if (reply === undefined) return taken === 0 ? 0x10 : 0;
  if (reply.outcome === 'refused') return 0x99;
  return reply.outcome === 'unwanted' && taken === 0 ? 0x10 : 0;
};

/** A client that was let in: what its packets mean. */
export class Client implements Outlet {
  readonly session: Session;
  readonly window: number;
  readonly maxBytes: number;
  readonly keepAliveMs: number | undefined;
  private readonly line: Line;
  private readonly host: Host;
  private readonly who: SignedIn;
  private readonly source: Source;
  private readonly aliases = new Map<number, string>();
  private graceful = false;

  constructor(line: Line, host: Host, who: SignedIn) {
    this.line = line;
    this.host = host;
    this.who = who;
    this.session = who.session;
    this.window = who.window;
    this.maxBytes = who.maxBytes;
    this.keepAliveMs = who.keepAliveMs;
    const { wire, peerCertificate } = line;
    this.source = {
      connection: wire.id,
      peer: wire.peer,
      peerCertificate,
      clientId: this.session.clientId,
      user: this.session.user,
    };
  }

  get version() {
    return this.line.version;
  }

  get congested(): boolean {
    return this.line.congested;
  }

  begin(): void {
    this.session.attach(this);
  }

  publish(packet: IPublishPacket): void {
    this.line.write(packet);
  }

  release(messageId: number): void {
    this.line.write({ cmd: 'pubrel', messageId });
  }

  /** The connection is over; its will is due unless the client took its leave. */
  ended(withWill: boolean): void {
    const { session, host } = this;
    if (host.holders.get(session.clientId) !== this.line) return; // another has taken over
    host.holders.delete(session.clientId);
    session.detach();
    session.expiresAt = host.context.now() + session.expirySeconds * 1000;
    const { will } = session;
    session.will = undefined;
    if (session.dropped > 0) {
      this.line.wire.incident('messages-dropped', `${session.dropped} messages it did not read in time`);
      session.dropped = 0;
    }
    if (will && withWill && !this.graceful) this.bequeath(will);
    else if (session.expirySeconds === 0) host.broker.end(session.clientId);
  }

  packet(packet: Packet, size: number): void {
    const { session } = this;
    const messageId = ('messageId' in packet ? packet.messageId : undefined) ?? 0;
    switch (packet.cmd) {
      case 'publish':
        this.published(packet, size);
        break;
      case 'puback':
      case 'pubcomp':
        session.done(messageId);
        break;
      case 'pubrec':
        if ((packet.reasonCode ?? 0) >= 0x80) session.done(messageId);
        else session.received(messageId);
        break;
      case 'pubrel':
        this.line.write({
          cmd: 'pubcomp',
          messageId,
          reasonCode: session.taken.delete(messageId) ? 0 : 0x92,
        });
        break;
      case 'subscribe':
        this.subscribed(packet);
        break;
      case 'unsubscribe':
        this.unsubscribed(packet);
        break;
      case 'pingreq':
        this.line.write({ cmd: 'pingresp' });
        break;
      case 'disconnect':
        this.left(packet);
        break;
      default:
        this.wrong(`${packet.cmd} after CONNECT`, 0x82);
    }
  }

  private wrong(reason: string, code: number): void {
    this.line.close({ kind: 'protocol-error', reason, code });
  }

  private left(packet: Packet & { cmd: 'disconnect' }): void {
    const { session, host } = this;
    const expiry = packet.properties?.sessionExpiryInterval;
    if (typeof expiry === 'number' && session.expirySeconds > 0)
      session.expirySeconds = Math.min(expiry, host.limits.sessionSeconds);
    this.graceful = packet.reasonCode !== 0x04;
    this.line.close({ reason: 'the client took its leave' });
  }

  private published(packet: IPublishPacket, size: number): void {
    const { line, session, host } = this;
    const topic = this.topicOf(packet);
    if (topic === undefined) return;
    const { qos } = packet;
    const messageId = packet.messageId ?? 0;
    if (qos > 0 && messageId === 0) {
      this.wrong('a message without a packet id', 0x82);
      return;
    }
    const levels = topic.split('/');
    if (!this.who.rights.mayPublish(levels)) {
      this.forbidden(topic, qos, messageId);
      return;
    }
    const earlier = qos === 2 ? session.taken.get(messageId) : undefined;
    if (earlier) {
      line.take(size, earlier, () => line.write({ cmd: 'pubrec', messageId }));
      return;
    }
    if (qos === 2 && session.taken.size >= mostUnreleased) {
      this.wrong(`over ${mostUnreleased} messages that were not released`, 0x93);
      return;
    }
    const message = publicationOf(packet, topic, session.clientId, host.context.now());
    const work = take(host, message, levels, this.source, { packetId: messageId, dup: packet.dup });
    if (qos === 2) {
      session.taken.set(messageId, work);
      work.catch(() => session.taken.delete(messageId));
    }
    line.take(size, work, (reply) => {
      const code = codeOf(reply, this.pass(message, levels));
      reply?.written?.('sent');
      if (qos === 0) return;
      // Before MQTT 5 there is no "no": what was kept is acknowledged, and the ledger says what is wrong with it.
      const told = line.version === 5 ? code : 0;
      if (told >= 0x80) session.taken.delete(messageId);
      const reason = told >= 0x80 ? reply?.reason?.slice(0, 200) : undefined;
      const properties = reason ? { properties: { reasonString: reason } } : {};
      line.write({ cmd: qos === 1 ? 'puback' : 'pubrec', messageId, reasonCode: told, ...properties });
    });
  }

  /** To those who subscribed; how many. */
  private pass(message: Publication, levels: readonly string[]): number {
    const { broker } = this.host;
    if (message.retain && !broker.retain(message))
      this.line.wire.incident('retained-full', 'there is no room for another retained message');
    return broker.publish(message, levels);
  }

  /** The topic, which an alias may stand for. Undefined: it was wrong, and the connection ends. */
  private topicOf({ topic, properties }: IPublishPacket): string | undefined {
    const alias: unknown = properties?.topicAlias;
    if (alias === undefined || this.version !== 5) {
      const problem = topicProblem(topic);
      if (problem === undefined) return topic;
      return this.ends(`a topic that ${problem}`, 0x90);
    }
    if (typeof alias !== 'number' || alias < 1 || alias > mostAliases)
      return this.ends(`a topic alias that is not from 1 to ${mostAliases}`, 0x94);
    if (topic === '')
      return this.aliases.get(alias) ?? this.ends('a topic alias that stands for nothing', 0x82);
    const problem = topicProblem(topic);
    if (problem !== undefined) return this.ends(`a topic that ${problem}`, 0x90);
    this.aliases.set(alias, topic);
    return topic;
  }

  private ends(reason: string, code: number): undefined {
    this.wrong(reason, code);
    return undefined;
  }

  private forbidden(topic: string, qos: QoS, messageId: number): void {
    const { line } = this;
    const reason = `may not publish to ${topic.slice(0, 200)}`;
    if (line.version !== 5) {
      line.close({ kind: 'forbidden-topic', reason });
      return;
    }
    line.wire.incident('forbidden-topic', reason);
    if (qos === 0) return;
    const refusal = { cmd: qos === 1 ? 'puback' : 'pubrec', messageId, reasonCode: 0x87 } as const;
    line.take(0, Promise.resolve(), () => line.write({ ...refusal, properties: { reasonString: reason } }));
  }

  private subscribed({ messageId, subscriptions, properties }: ISubscribePacket): void {
    const { line, session, host } = this;
    if (!messageId || subscriptions.length === 0) {
      this.wrong('a subscription without filter or packet id', 0x82);
      return;
    }
    const id: unknown = properties?.subscriptionIdentifier;
    const replays: (() => void)[] = [];
    const granted = subscriptions.map(({ topic: filter, qos, nl, rap, rh }) => {
      const failed = this.refusalOf(filter);
      if (failed !== undefined) return line.version === 5 ? failed : 0x80;
      const subscription = {
        filter,
        levels: filter.split('/'),
        qos,
        noLocal: nl === true,
        keepRetain: rap === true,
        ...(typeof id === 'number' && id > 0 && { id }),
      };
      const known = host.broker.subscribe(session, subscription);
      if (rh !== 2 && !(rh === 1 && known)) replays.push(() => host.broker.replay(session, subscription));
      return qos;
    });
    line.write({ cmd: 'suback', messageId, granted });
    for (const replay of replays) replay();
  }

  /** Reason code of MQTT 5 (section 3.9.3), or undefined where the subscription holds. */
  private refusalOf(filter: string): number | undefined {
    const { session, line } = this;
    if (filterProblem(filter) !== undefined) return 0x8f;
    if (filter.startsWith('$share/')) return 0x9e;
    if (!this.who.rights.maySubscribe(filter)) {
      line.wire.incident('forbidden-topic', `may not subscribe to ${filter.slice(0, 200)}`);
      return 0x87;
    }
    const full = session.subscriptions.size >= mostSubscriptions && !session.subscriptions.has(filter);
    return full ? 0x97 : undefined;
  }

  private unsubscribed({ messageId, unsubscriptions }: IUnsubscribePacket): void {
    if (!messageId) {
      this.wrong('UNSUBSCRIBE without a packet id', 0x82);
      return;
    }
    const { session, host, line } = this;
    const granted = unsubscriptions.map((filter) => (host.broker.unsubscribe(session, filter) ? 0 : 0x11));
    line.write({ cmd: 'unsuback', messageId, granted });
  }

  /** Now, or with MQTT 5 after a delay in which the client may come back. */
  private bequeath(will: NonNullable<IConnectPacket['will']>): void {
    const { session, host, source, line } = this;
    const publish = (): void => {
      session.bequest = undefined;
      if (session.expirySeconds === 0) host.broker.end(session.clientId);
      const packet: IPublishPacket = { cmd: 'publish', dup: false, qos: 0, retain: false, ...will };
      const { willDelayInterval: _, ...properties } = will.properties ?? {};
      const message = publicationOf(
        { ...packet, properties },
        will.topic,
        session.clientId,
        host.context.now(),
      );
      const levels = will.topic.split('/');
      take(host, message, levels, source, { packetId: 0, dup: false, will: true }).then(
        () => this.pass(message, levels),
        () => line.wire.incident('will-lost', 'the will of a client could not be kept'),
      );
    };
    const delay = Math.min(will.properties?.willDelayInterval ?? 0, session.expirySeconds);
    if (delay === 0) publish();
    else session.bequest = { publish, timer: setTimeout(publish, delay * 1000).unref() };
  }
}
