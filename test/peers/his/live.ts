import { adt, MessageFactory, orm } from './messages.ts';
import type { Patient } from './people.ts';
import { HisReceiver } from './receiver.ts';
import { HisSender } from './sender.ts';
import type { Charset } from './text.ts';

export interface DemoHisOptions {
  /** Where the platform listens. */
  mllpPort: number;
  host?: string;
  /** Where the hospital listens for our messages; 0 takes a free port. */
  receivePort: number;
  /** New orders per minute, 3 unless told. */
  ratePerMinute?: number;
  /** Sent at once when the platform is first reached, 3 unless told. */
  atOnce?: number;
  charset?: Charset;
  /** Makes a run repeatable; otherwise each run has its own patients and numbers. */
  seed?: number;
  /** Ends the simulation, as `stop` does. */
  signal?: AbortSignal;
}

export interface DemoHis {
  /** Port the hospital listens on. */
  readonly port: number;
  readonly receiver: HisReceiver;
  /** Orders the platform has acknowledged with AA, and answers that were anything else. */
  readonly counts: { acknowledged: number; refused: number };
  stop(): Promise<void>;
}

/**
 * A small hospital: takes status messages (answers AA) and sends, for each order, the patient first (ADT^A04) and then
 * the order (ORM^O01). It waits for the platform to come up and calls again when the connection was lost; a message
 * without an answer is sent again unchanged, as hospital systems do. Rejects when `receivePort` is taken.
 */
export async function startDemoHis(options: DemoHisOptions): Promise<DemoHis> {
  const seed = options.seed ?? Date.now() % 2 ** 31;
  const factory = new MessageFactory({
    seed,
    prefix: `L${seed.toString(36).toUpperCase()}`,
    charset: options.charset ?? 'GB18030',
  });
  const receiver = await HisReceiver.listen({ port: options.receivePort, keep: 1000 });
  const stopping = new AbortController();
  const counts = { acknowledged: 0, refused: 0 };
  let patients: Patient[] = [];
  const everyMs = 60_000 / (options.ratePerMinute ?? 3);
  let sender: HisSender | undefined;

  const connected = async (): Promise<HisSender | undefined> => {
    while (!stopping.signal.aborted) {
      if (sender?.open) return sender;
      try {
        sender = await HisSender.connect({ host: options.host ?? '127.0.0.1', port: options.mllpPort });
      } catch {
        await rest(1000, stopping.signal);
      }
    }
    return undefined;
  };

  const deliver = async (bytes: Uint8Array): Promise<string> => {
    for (;;) {
      const open = await connected();
      if (open === undefined) return '';
      try {
        return (await open.send(bytes)).code;
      } catch {
        await open.cut();
        await rest(1000, stopping.signal);
      }
    }
  };

  const placeOrder = async (): Promise<void> => {
    const known = patients.length > 5 && factory.random.chance(0.3);
    const person = known ? factory.random.pick(patients) : factory.patient();
    if (!known) {
      patients = [...patients.slice(-99), person];
      await deliver(adt('A04', person, factory.envelope({ at: new Date() })).bytes);
    }
    const code = await deliver(
      orm('NW', person, factory.order(), factory.envelope({ at: new Date() })).bytes,
    );
    if (code === 'AA') counts.acknowledged += 1;
    else if (code !== '') counts.refused += 1;
  };

  const run = async (): Promise<void> => {
    for (let sent = 0; !stopping.signal.aborted; sent += 1) {
      if (sent >= (options.atOnce ?? 3)) await rest(everyMs, stopping.signal);
      if (!stopping.signal.aborted) await placeOrder();
    }
  };
  const running = run();

  const stop = async (): Promise<void> => {
    options.signal?.removeEventListener('abort', onAbort);
    stopping.abort();
    await sender?.cut();
    await running;
    if (sender?.open) await sender.cut();
    await receiver.close();
  };
  const onAbort = () => void stop();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted) await stop();

  return { port: receiver.port, receiver, counts, stop };
}

/** Waits, or less when the signal comes; never keeps the process alive by itself. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener('abort', done, { once: true });
  });
}
