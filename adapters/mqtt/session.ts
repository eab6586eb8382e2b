import type { IConnectPacket, IPublishPacket, QoS } from 'mqtt-packet';

/** A message between clients. */
export interface Publication {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties?: IPublishPacket['properties'];
  /** Session it came from, for `no local`. */
  readonly from?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

export interface Subscription {
  readonly filter: string;
  readonly levels: readonly string[];
  readonly qos: QoS;
  /** Not the client's own messages. */
  readonly noLocal: boolean;
  /** The retain flag as it was published. */
  readonly keepRetain: boolean;
  readonly id?: number;
}

/** What a session needs of its connection. */
export interface Outlet {
  readonly version: 3 | 4 | 5;
  /** Unacknowledged messages the client takes at once. */
  readonly window: number;
  /** Largest packet it takes. */
  readonly maxBytes: number;
  /** Bytes already written that it has not read. */
  readonly congested: boolean;
  publish(packet: IPublishPacket): void;
  release(messageId: number): void;
}

export interface QueueLimits {
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
}

type Out = Publication & { readonly ids: readonly number[] };
type Flight = { readonly message: Out; released: boolean };

/** What the broker keeps of a client beyond its connection: subscriptions and what it has not acknowledged. In memory, bounded. */
export class Session {
  readonly clientId: string;
  /** Device it belongs to: nobody else may take it over. */
  readonly user: string;
  readonly subscriptions = new Map<string, Subscription>();
  /** QoS 2 messages taken and not yet released, with what became of them. */
  readonly taken = new Map<number, Promise<unknown>>();
  will: IConnectPacket['will'];
  /** When an offline session ends. */
  expiresAt = Number.POSITIVE_INFINITY;
  expirySeconds = 0;
  /** A will that waits whether the client comes back. */
  bequest: { readonly timer: NodeJS.Timeout; readonly publish: () => void } | undefined;
  /** Messages lost because the client did not read or its queue was full. */
  dropped = 0;
  private outlet: Outlet | undefined;
  private readonly limits: QueueLimits;
  private readonly now: () => number;
  private readonly flights = new Map<number, Flight>();
  private queue: Out[] = [];
  private first = 0;
  private queuedBytes = 0;
  private lastId = 0;

  constructor(clientId: string, user: string, limits: QueueLimits, now: () => number) {
    this.clientId = clientId;
    this.user = user;
    this.limits = limits;
    this.now = now;
  }

  get online(): boolean {
    return this.outlet !== undefined;
  }

  get queued(): number {
    return this.queue.length - this.first + this.flights.size;
  }

  /** The client is there: what it has not acknowledged goes again, then what waits. */
  attach(outlet: Outlet): void {
    this.outlet = outlet;
    for (const [id, { message, released }] of this.flights)
      if (released) outlet.release(id);
      else this.write(outlet, message, id, true);
    this.pump();
  }

  detach(): void {
    this.outlet = undefined;
  }

  /** False where it was dropped. */
  deliver(message: Publication, by: readonly Subscription[]): boolean {
    const granted = Math.max(...by.map((s) => s.qos));
    const retain = message.retain && by.some((s) => s.keepRetain);
    const ids = by.flatMap((s) => s.id ?? []);
    const out: Out = { ...message, qos: Math.min(granted, message.qos) as QoS, retain, ids };
    if (out.qos === 0) {
      if (!this.outlet) return true;
      if (this.outlet.congested) return this.drop();
      this.write(this.outlet, out, 0, false);
      return true;
    }
    const { maxQueued, maxQueuedBytes } = this.limits;
    if (this.queued >= maxQueued || this.queuedBytes + out.payload.length > maxQueuedBytes)
      return this.drop();
    this.queue.push(out);
    this.queuedBytes += out.payload.length;
    this.pump();
    return true;
  }

  /** PUBACK, or PUBREC with a reason against it, or PUBCOMP: done with it. False where nothing had that id. */
  done(messageId: number): boolean {
    const flight = this.flights.get(messageId);
    if (!flight) return false;
    this.flights.delete(messageId);
    this.queuedBytes -= flight.message.payload.length;
    this.pump();
    return true;
  }

  /** PUBREC: the client has it. False where nothing had that id. */
  received(messageId: number): boolean {
    const flight = this.flights.get(messageId);
    if (flight) flight.released = true;
    this.outlet?.release(messageId);
    return flight !== undefined;
  }

  /** Sends what waits, as far as the client takes it. */
  pump(): void {
    const { outlet } = this;
    while (
      outlet &&
      !outlet.congested &&
      this.first < this.queue.length &&
      this.flights.size < outlet.window
    ) {
      const message = this.queue[this.first++]!;
      const id = this.freeId();
      if (this.write(outlet, message, id, false)) this.flights.set(id, { message, released: false });
      else this.queuedBytes -= message.payload.length;
    }
    if (this.first > 1000 || this.first === this.queue.length) {
      this.queue = this.queue.slice(this.first);
      this.first = 0;
    }
  }

  private drop(): false {
    this.dropped++;
    return false;
  }

  private freeId(): number {
    do this.lastId = (this.lastId % 65535) + 1;
    while (this.flights.has(this.lastId));
    return this.lastId;
  }

  /** False where it is too old or too long for the client. */
  private write(outlet: Outlet, message: Out, messageId: number, dup: boolean): boolean {
    const { topic, payload, qos, retain, ids, expiresAt } = message;
    const left = expiresAt === undefined ? undefined : Math.ceil((expiresAt - this.now()) / 1000);
    if (left !== undefined && left <= 0 && !dup) return false;
    if (payload.length + topic.length + 64 > outlet.maxBytes) return this.drop();
    const properties = {
      ...message.properties,
      ...(left !== undefined && { messageExpiryInterval: Math.max(1, left) }),
      ...(ids.length > 0 && { subscriptionIdentifier: ids.length === 1 ? ids[0]! : [...ids] }),
    };
    outlet.publish({
      cmd: 'publish',
      topic,
      payload,
      qos,
      retain,
      dup,
      ...(qos > 0 && { messageId }),
      ...(outlet.version === 5 && Object.keys(properties).length > 0 && { properties }),
    });
    return true;
  }
}
