import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { adapter } from '../../../adapters/dicom/index.ts';
import type { InboundFrame, ListenContext, Listener, Reply } from '../../../contracts/adapter/port.ts';
import type { WireIncident } from '../../../contracts/adapter/wire.ts';

/** A signal that tests wait on: resolves when the condition holds after some event. */
export function watcher() {
  const waiting: (() => void)[] = [];
  return {
    poke: () => {
      for (const check of waiting.splice(0)) check();
    },
    until: (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const check = (): void => (holds() ? resolve() : void waiting.push(check));
        check();
      }),
  };
}

const quiet = () => undefined;

export interface ServeOptions {
  readonly settings?: Record<string, unknown>;
  readonly accept?: (frame: InboundFrame) => Promise<Reply>;
  readonly query?: ListenContext['query'];
  readonly now?: () => number;
}

export interface Served {
  readonly listener: Listener;
  readonly frames: InboundFrame[];
  readonly headers: () => Record<string, unknown>[];
  readonly incidents: WireIncident[];
  readonly kinds: () => string[];
  readonly changes: ReturnType<typeof watcher>;
}

export const good: Reply = { outcome: 'kept', results: [] };

/** The adapter's listener on a free port with an intake that remembers. */
export async function serveDicom(options: ServeOptions = {}): Promise<Served> {
  const frames: InboundFrame[] = [];
  const incidents: WireIncident[] = [];
  const changes = watcher();
  const listener = await adapter.listen!({
    endpoint: 'imaging',
    settings: { host: '127.0.0.1', port: 0, worklist: {}, ...options.settings },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: options.now ?? Date.now,
    incident: (incident) => {
      incidents.push(incident);
      changes.poke();
    },
    accept: (frame) => {
      frames.push(frame);
      const reply = options.accept?.(frame) ?? Promise.resolve(good);
      changes.poke();
      return reply;
    },
    query: options.query ?? (async () => ({ items: [] })),
    web: { mount: () => quiet, url: 'http://127.0.0.1' },
    mark: async () => undefined,
  });
  return {
    listener,
    frames,
    headers: () => frames.map((frame) => JSON.parse(Buffer.from(frame.bytes).toString('utf8'))),
    incidents,
    kinds: () => incidents.map(({ kind }) => kind),
    changes,
  };
}

/** A bare connection that collects what it gets. */
export async function dial(port: number) {
  const socket: Socket = connect({ port, host: '127.0.0.1' });
  const changes = watcher();
  const state = { bytes: Buffer.alloc(0), closed: false };
  socket.on('data', (chunk: Buffer) => {
    state.bytes = Buffer.concat([state.bytes, chunk]);
    changes.poke();
  });
  socket.on('error', quiet);
  socket.on('close', () => {
    state.closed = true;
    changes.poke();
  });
  await once(socket, 'connect');
  return {
    socket,
    state,
    /** Types of the units received so far. */
    types: (): number[] => typesOf(state.bytes),
    got: (type: number) => changes.until(() => typesOf(state.bytes).includes(type)),
    count: (units: number) => changes.until(() => typesOf(state.bytes).length >= units),
    closed: () => changes.until(() => state.closed),
  };
}

function typesOf(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 6 <= bytes.length; at += 6 + bytes.readUInt32BE(at + 2)) types.push(bytes[at]!);
  return types;
}
