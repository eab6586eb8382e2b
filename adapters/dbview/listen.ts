import { createHash } from 'node:crypto';
import type { ListenContext, Listener } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { ListenSettings } from './descriptor.ts';
import { type Dialect, dialects } from './dialect.ts';
import type { Driver } from './driver.ts';
import { type MarkKind, numberMarks, timeMarks } from './marks.ts';
import { Memory } from './memory.ts';
import { addressOf, open } from './open.ts';
import { isRefused, Pass } from './pass.ts';
import { missingOf, View } from './select.ts';
import { troubleOf } from './trouble.ts';
import { Wire } from './wire.ts';

const firstWaitMs = 1000;
const longestWaitMs = 60_000;
const countEveryMs = 3_600_000;

/** Polls a view; a database that does not answer is an incident, not a fault of the start. */
export async function listen(context: ListenContext): Promise<Listener> {
  const settings = context.settings as ListenSettings;
  const marks = settings.markKind === 'number' ? numberMarks : timeMarks;
  if (settings.backfill !== 'all' && marks.minus(settings.backfill, 0) === undefined)
    throw new Fault('channel.text.invalid', {
      problem: 'listen.backfill is no mark of this kind (all, 2026-01-31T08:00:00, a number)',
    });
  return new Poll(context, settings, marks);
}

class Poll implements Listener {
  readonly address: string;
  readonly port = 0;
  private readonly context: ListenContext;
  private readonly settings: ListenSettings;
  private readonly marks: MarkKind;
  private readonly dialect: Dialect;
  private readonly wire: Wire;
  private readonly running: Promise<void>;
  private driver: Driver | undefined;
  private view: View | undefined;
  private pass: Pass | undefined;
  private counted: number | undefined;
  private known: readonly string[] = [];
  private stopping = false;
  private wake: () => void = () => undefined;

  constructor(context: ListenContext, settings: ListenSettings, marks: MarkKind) {
    this.context = context;
    this.settings = settings;
    this.marks = marks;
    this.dialect = dialects[settings.connection.kind];
    this.wire = new Wire(context, addressOf(settings.connection));
    this.address = `${this.wire.peer} ${settings.view}`;
    this.running = this.run();
  }

  connections(): ConnectionStats[] {
    return [this.wire.stats()];
  }

  capture(connection: string): CapturedBytes[] {
    return this.wire.capture(connection);
  }

  async stop(drainMs: number): Promise<void> {
    this.stopping = true;
    this.wake();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([this.running, late]);
    clearTimeout(timer);
    if (this.driver) this.driver.destroy();
  }

  private async run(): Promise<void> {
    const every = (this.settings.every ?? 10) * 1000;
    let wait = 0;
    while (!this.stopping) {
      try {
        await this.once();
        wait = 0;
      } catch (error) {
        await this.failed(error);
        wait = Math.min(wait * 2 || Math.min(firstWaitMs, every), longestWaitMs);
      }
      await this.sleep(wait || every);
    }
    await this.disconnect();
  }

  private async once(): Promise<void> {
    this.pass ??= await this.prepared();
    const driver = await this.connected();
    const view = (this.view ??= await this.look(driver));
    await this.countUnplaced(driver, view);
    await this.pass.run(driver, view);
    this.wire.over(
      'peer-lost',
      'peer-refused',
      'intake-refused',
      'poll-failed',
      'columns-missing',
      'view-unfit',
    );
  }

  private async prepared(): Promise<Pass> {
    const { context, settings, marks, wire } = this;
    const { host, database, file, schema } = settings.connection;
    const of = JSON.stringify([
      host,
      database,
      file,
      schema,
      settings.view,
      settings.key,
      settings.mark,
      settings.markKind,
    ]);
    const name = createHash('sha256').update(of).digest('hex').slice(0, 16);
    const markName = (slot: number): string => `${name}/${slot}`;
    const memory = await Memory.load(marks, (slot) => context.mark(markName(slot)));
    return new Pass({ context, settings, marks, memory, wire, markName, stopped: () => this.stopping });
  }

  private async connected(): Promise<Driver> {
    if (this.driver) return this.driver;
    this.driver = await open(this.settings.connection, true);
    this.wire.connected();
    return this.driver;
  }

  /** What columns the view has now; a column that is gone is told by its name. */
  private async look(driver: Driver): Promise<View> {
    const { columns } = await driver.run(View.probe(this.settings, this.dialect));
    const view = new View(this.settings, this.dialect, columns);
    const before = this.known;
    const now = view.columnNames;
    const [gone, added] = [before.filter((n) => !now.includes(n)), now.filter((n) => !before.includes(n))];
    if (before.length > 0 && gone.length + added.length > 0)
      this.wire.incident(
        'columns-changed',
        [gone.length && `gone: ${gone.join(', ')}`, added.length && `new: ${added.join(', ')}`]
          .filter(Boolean)
          .join('; '),
      );
    this.known = now;
    return view;
  }

  private async countUnplaced(driver: Driver, view: View): Promise<void> {
    const now = this.context.now();
    if (this.counted !== undefined && now - this.counted < countEveryMs) return;
    this.counted = now;
    const { rows } = await driver.run(view.unplaced());
    const count = Number(rows[0]?.[0] ?? 0);
    if (count > 0)
      this.wire.incident(
        'mark-empty',
        `${count} rows have no mark or no key; they are not read until they have one`,
      );
  }

  /** Says what went wrong, and leaves the next attempt with what it needs: a new connection, a new look at the columns. */
  private async failed(error: unknown): Promise<void> {
    const looked = this.view !== undefined;
    this.view = undefined;
    if (isRefused(error))
      return this.wire.lasting('intake-refused', 'a row could not be kept; it is read again');
    const missing = missingOf(error);
    if (missing)
      return this.wire.lasting(
        'columns-missing',
        `${this.settings.view} has no column ${missing.join(', ')}`,
      );
    const { unfit } = error as { unfit?: string };
    if (unfit !== undefined) return this.wire.lasting('view-unfit', unfit);
    const trouble = troubleOf(error);
    // The next attempt looks at the columns and tells which is gone.
    if (trouble.sort === 'schema' && looked) return;
    const kind = { lost: 'peer-lost', denied: 'peer-refused' }[trouble.sort as string] ?? 'poll-failed';
    if (!this.stopping) this.wire.lasting(kind, trouble.reason);
    if (trouble.sort !== 'schema') await this.disconnect();
  }

  private async disconnect(): Promise<void> {
    const { driver } = this;
    this.driver = undefined;
    this.wire.open = false;
    await driver?.close();
  }

  private sleep(ms: number): Promise<void> {
    if (this.stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
      this.wake = done;
    });
  }
}
