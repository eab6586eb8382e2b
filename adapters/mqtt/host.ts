import type { Packet } from 'mqtt-packet';
import type { ListenContext } from '../../contracts/adapter/port.ts';
import type { Broker } from './broker.ts';
import type { Credentials } from './credentials.ts';
import type { BrokerSettings } from './descriptor.ts';
import type { Version } from './packets.ts';
import type { Reader } from './topics.ts';
import type { Wire } from './wire.ts';

export interface Limits {
  readonly captureBytes: number;
  readonly maxPacketBytes: number;
  readonly maxPending: number;
  readonly maxPerSecond: number;
  readonly maxKeepAliveMs: number;
  readonly connectMs: number;
  readonly sessionSeconds: number;
}

export interface Budget {
  readonly limit: number;
  used: number;
  /** Some connection waits for bytes to be given back. */
  starved: boolean;
  /** Called when bytes were given back. */
  released(): void;
}

export interface Closing {
  /** Kind of the incident; absent: none is told. */
  readonly kind?: string | undefined;
  readonly reason: string;
  /** Of DISCONNECT in MQTT 5, section 3.14.2.1. */
  readonly code?: number;
  readonly head?: Buffer;
  readonly withWill?: boolean;
}

/** What a client needs of its connection. */
export interface Line {
  readonly wire: Wire;
  readonly version: Version;
  readonly congested: boolean;
  readonly peerCertificate: string | undefined;
  write(packet: Packet): void;
  /** A message under way; `finish` is called in the order of arrival once it is kept. */
  take<T>(size: number, work: Promise<T>, finish: (value: T) => void): void;
  close(closing: Closing): void;
}

/** What connections share. */
export interface Host {
  readonly context: ListenContext;
  readonly settings: BrokerSettings;
  readonly limits: Limits;
  readonly broker: Broker;
  readonly credentials: Credentials;
  readonly intake: Reader;
  readonly budget: Budget;
  /** The connection of each client id. */
  readonly holders: Map<string, Line>;
}
