import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { SendSettings } from './descriptor.ts';
import { type Dialect, dialects } from './dialect.ts';
import type { Driver } from './driver.ts';
import { addressOf, open } from './open.ts';
import { type Trouble, troubleOf } from './trouble.ts';
import { Wire } from './wire.ts';
import { type Row, rowOf, type Written, writeRow } from './write.ts';

export function connect(context: ConnectContext): Sender {
  const settings = context.settings as SendSettings;
  const outside = settings.key.find((name) => !settings.columns.includes(name));
  if (outside !== undefined)
    throw new Fault('channel.text.invalid', { problem: `send.key ${outside} is not among send.columns` });
  return new TableWriter(context, settings);
}

/** How far a message has come when something goes wrong: before the commit was asked for, nothing of it is there. */
interface Stage {
  committing: boolean;
  /** The time is over: nothing more may be written. */
  over: boolean;
}

/** Writes one row at a time, each in a transaction of its own; connects when first asked to, and anew when the connection is gone. */
class TableWriter implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: SendSettings;
  private readonly dialect: Dialect;
  private readonly wire: Wire;
  private driver: Driver | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(context: ConnectContext, settings: SendSettings) {
    this.context = context;
    this.settings = settings;
    this.dialect = dialects[settings.connection.kind];
    this.wire = new Wire(context, addressOf(settings.connection));
  }

  send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const mine = this.turn.then(() => this.sendNow(bytes, options));
    this.turn = mine;
    return mine;
  }

  connections(): ConnectionStats[] {
    return [this.wire.stats()];
  }

  capture(connection: string): CapturedBytes[] {
    return this.wire.capture(connection);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.disconnect();
  }

  private async sendNow(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    if (this.closed) return notSent('the sender is closed');
    if (options.signal?.aborted) return notSent('aborted');
    const read = rowOf(bytes, this.settings);
    if ('bad' in read) return this.replied('negative', 'row', read.bad, this.context.now());
    return this.limited(read.row, bytes, options);
  }

  /** The write, ended at the time the hub gives it: then the connection is destroyed, and what was not committed is undone. */
  private async limited(row: Row, bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const stage: Stage = { committing: false, over: false };
    let stop: () => void = () => undefined;
    const ended = new Promise<'time' | 'aborted'>((resolve) => {
      const timer = setTimeout(() => resolve('time'), options.timeoutMs);
      const aborted = (): void => resolve('aborted');
      options.signal?.addEventListener('abort', aborted, { once: true });
      stop = () => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', aborted);
      };
    });
    this.wire.pending = 1;
    const outcome = await Promise.race([this.write(row, bytes, stage), ended]);
    stop();
    this.wire.pending = 0;
    if (typeof outcome !== 'string') return outcome;
    const reason = outcome === 'time' ? `no answer within ${options.timeoutMs} ms` : 'aborted';
    if (outcome === 'time') this.wire.incident('reply-timeout', reason);
    stage.over = true;
    this.abandon();
    if (!stage.committing) return notSent(reason);
    return { kind: 'unknown', code: outcome === 'time' ? 'hub.peer.timeout' : 'hub.peer.lost', reason };
  }

  private async write(row: Row, bytes: Uint8Array, stage: Stage): Promise<SendOutcome> {
    const began = this.context.now();
    try {
      const driver = await this.connected();
      this.wire.moved('out', bytes);
      this.wire.framesOut++;
      const written = await this.transaction(driver, row, stage).catch((error: unknown) => {
        // Somebody else inserted the same key in between; unless another index of theirs refuses it, it is found now.
        if (troubleOf(error).sort === 'duplicate') return this.transaction(driver, row, stage);
        throw error;
      });
      this.wire.over('peer-lost', 'peer-refused', 'table-unfit');
      return this.replied('good', written, undefined, began);
    } catch (error) {
      return this.outcomeOf(troubleOf(error), stage, began);
    }
  }

  private async transaction(driver: Driver, row: Row, stage: Stage): Promise<Written> {
    const goOn = (): void => {
      if (stage.over) throw Object.assign(new Error('the time is over'), { code: 'ETIMEDOUT' });
    };
    goOn();
    await driver.begin();
    try {
      const written = await writeRow(driver, this.dialect, this.settings, row);
      goOn();
      stage.committing = true;
      await driver.commit();
      return written;
    } catch (error) {
      // Their transaction is over one way or the other before the next one begins.
      await driver.rollback().catch(() => this.abandon());
      throw error;
    }
  }

  private outcomeOf({ sort, code, reason }: Trouble, stage: Stage, began: number): SendOutcome {
    if (sort === 'lost' || sort === 'denied' || sort === 'timeout') {
      this.abandon();
      this.wire.lasting(sort === 'denied' ? 'peer-refused' : 'peer-lost', reason);
      return stage.committing ? { kind: 'unknown', code: 'hub.peer.lost', reason } : notSent(reason);
    }
    if (sort === 'schema') this.wire.lasting('table-unfit', reason);
    const later = sort === 'busy' || sort === 'schema';
    return this.replied(later ? 'busy' : 'negative', code || sort, reason, began);
  }

  private replied(
    verdict: 'good' | 'busy' | 'negative',
    code: Written | string,
    reason: string | undefined,
    began: number,
  ): SendOutcome {
    const said = { verdict, code, ...(reason === undefined ? {} : { reason }) };
    const bytes = Buffer.from(JSON.stringify({ result: code, ...(reason === undefined ? {} : { reason }) }));
    const roundTripMs = this.context.now() - began;
    this.wire.lastRoundTripMs = roundTripMs;
    this.wire.framesIn++;
    return { kind: 'replied', bytes, roundTripMs, peer: this.wire.peer, said };
  }

  private async connected(): Promise<Driver> {
    if (this.driver) return this.driver;
    const driver = await open(this.settings.connection, false);
    if (this.closed) {
      driver.destroy();
      throw Object.assign(new Error('the sender was closed'), { code: 'ECLOSED' });
    }
    this.driver = driver;
    this.wire.connected();
    return driver;
  }

  /** The connection is of no use any more; whatever it was about is undone by their database. */
  private abandon(): void {
    this.driver?.destroy();
    this.driver = undefined;
    this.wire.open = false;
  }

  private async disconnect(): Promise<void> {
    const { driver } = this;
    this.driver = undefined;
    this.wire.open = false;
    await driver?.close();
  }
}

const notSent = (reason: string): SendOutcome => ({ kind: 'not-sent', code: 'hub.peer.refused', reason });
