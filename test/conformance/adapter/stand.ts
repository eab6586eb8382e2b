import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import type { Adapter, InboundFrame, Listener, Reply, Sender } from '../../../contracts/adapter/port.ts';
import type { WireIncident } from '../../../contracts/adapter/wire.ts';
import { type OpenWebHost, openWebHost } from '../../../nodes/hub/supervise/web-host.ts';

const quiet = (): void => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Where a listener can be reached. */
export interface Place {
  readonly port: number;
  /** Address of a web mount, where it has one. */
  readonly address: string;
}

/** What stands behind an adapter in the suites: an interface port, and an intake that keeps frames and marks over restarts. */
export class Stand {
  /** Handed over, kept or not. */
  readonly asked: InboundFrame[] = [];
  readonly kept: InboundFrame[] = [];
  readonly incidents: WireIncident[] = [];
  /** May wait, or throw: then the frame is not kept. */
  treat: () => Promise<void> = async () => undefined;
  private readonly adapter: Adapter;
  private readonly settings: Readonly<Record<string, unknown>>;
  private readonly reply: Partial<Reply>;
  private readonly marks = new Map<string, string>();
  private readonly web: OpenWebHost;
  private readonly listeners = new Set<Listener>();
  private readonly senders = new Set<Sender>();
  private opened = false;

  constructor(adapter: Adapter, settings: Readonly<Record<string, unknown>>, reply: Partial<Reply> = {}) {
    this.adapter = adapter;
    this.settings = settings;
    this.reply = reply;
    this.web = openWebHost({ host: '127.0.0.1', port: 0, log, now: Date.now });
  }

  async start(): Promise<Listener> {
    const listener = await this.adapter.listen!({
      ...this.common(),
      accept: async (frame) => {
        this.asked.push(frame);
        await this.treat();
        this.kept.push(frame);
        if (frame.mark) this.marks.set(frame.mark.name, frame.mark.value);
        return { outcome: 'kept', results: [{ id: 'm1', outcome: 'kept' }], ...this.reply };
      },
      mark: async (name) => this.marks.get(name),
      query: async () => ({ items: [] }),
    });
    this.listeners.add(listener);
    if (!this.opened) await this.web.opened();
    this.opened = true;
    return listener;
  }

  sender(): Sender {
    const sender = this.adapter.connect!(this.common());
    this.senders.add(sender);
    return sender;
  }

  /** Numbers of the messages kept (`CONF-7`), in their order. */
  numbers(): number[] {
    return this.kept.filter((f) => !f.broken).flatMap((frame) => numberOf(frame) ?? []);
  }

  async close(): Promise<void> {
    this.treat = async () => undefined;
    for (const listener of this.listeners) await listener.stop(0);
    for (const sender of this.senders) await sender.close();
    await this.web.stop(0);
  }

  private common() {
    return {
      endpoint: 'conformance',
      settings: this.settings,
      log,
      now: Date.now,
      web: this.web.host,
      files: tmpdir(),
      incident: (one: WireIncident) => void this.incidents.push(one),
    };
  }
}

function numberOf(frame: InboundFrame): number | undefined {
  const found = /CONF-(\d+)/.exec(
    `${Buffer.from(frame.bytes).toString('latin1')} ${JSON.stringify(frame.meta)}`,
  );
  return found ? Number(found[1]) : undefined;
}

/** Looks until it holds. */
export async function until(holds: () => boolean, what: string, seconds = 20): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A bare connection: writes, and says whether what was hoped for came back before the end. `hangUp`: ends at once. */
export function talk(
  port: number,
  bytes: Uint8Array,
  hoped: (got: Buffer) => boolean,
  hangUp = false,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let got = Buffer.alloc(0);
    const end = (good: boolean): void => {
      socket.destroy();
      resolve(good);
    };
    socket.on('connect', () => (hangUp ? socket.end(bytes) : socket.write(bytes)));
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      if (hoped(got)) end(true);
    });
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
  });
}

/** A gate that a test opens. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}
