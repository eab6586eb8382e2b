import { createHash } from 'node:crypto';
import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { type Answer, Answers } from './answers.ts';
import type { SendSettings } from './descriptor.ts';
import { fileName } from './file-name.ts';
import { extensionOf } from './media-type.ts';
import { splitName } from './names.ts';
import { storeOf } from './place.ts';
import { type Note, SentNotes } from './sent-notes.ts';
import { codeOf, failure, isGone, type Store } from './store.ts';
import { Wire } from './wire.ts';

/** How long a server may take to end what is under way when we close. */
const LINGER_MS = 2000;

/** Writes each message as a file; once, however often it is asked for the same delivery. */
export function connect(context: ConnectContext): Sender {
  const settings = context.settings as SendSettings;
  return new FolderSender(context, settings, storeOf(settings, context.files));
}

type Placed = 'placed' | 'occupied' | 'conflict';

class FolderSender implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: SendSettings;
  private readonly store: Store;
  private readonly wire: Wire;
  private readonly ending = new AbortController();
  private queue: Promise<unknown> = Promise.resolve();

  constructor(context: ConnectContext, settings: SendSettings, store: Store) {
    this.context = context;
    this.settings = settings;
    this.store = store;
    this.wire = new Wire(context, store.peer);
  }

  send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const turn = this.queue.then(() => this.attempt(bytes, options));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  connections(): ConnectionStats[] {
    return [this.wire.stats()];
  }

  capture(connection: string): CapturedBytes[] {
    return connection === this.wire.id ? this.wire.capture() : [];
  }

  async close(): Promise<void> {
    this.ending.abort();
    let late: NodeJS.Timeout | undefined;
    await Promise.race([this.queue, new Promise((resolve) => (late = setTimeout(resolve, LINGER_MS)))]);
    clearTimeout(late);
    this.wire.open = false;
    this.store.close();
    await this.queue;
  }

  private async attempt(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const { store } = this;
    const signal = options.signal
      ? AbortSignal.any([options.signal, this.ending.signal])
      : this.ending.signal;
    if (signal.aborted) return notSent('stopped');
    const began = performance.now();
    const notes = new SentNotes(store, this.settings.work ?? '.work', this.settings.rememberDays ?? 14);
    const progress: Progress = { mayHaveArrived: false };
    try {
      const note = await this.noteOf(notes, bytes, options);
      const placed = await this.place(store, notes, note, bytes, options, progress);
      this.wire.open = true;
      this.wire.well('folder');
      if (placed !== 'placed') return this.refused(placed, began);
      this.wire.moved('out', bytes, performance.now() - began);
      return await this.answered(store, notes, note, options, signal, began);
    } catch (error) {
      this.wire.open = false;
      this.wire.trouble('folder', error);
      return progress.mayHaveArrived
        ? { kind: 'unknown', code: 'hub.peer.lost', reason: codeOf(error) }
        : notSent(codeOf(error));
    }
  }

  /** The name chosen when this delivery was first tried, or one chosen now, with its bytes on the disk. */
  private async noteOf(notes: SentNotes, bytes: Uint8Array, options: SendOptions): Promise<Note> {
    const known = await notes.read(options.id);
    if (known) return known;
    if (this.settings.create) await this.store.makeFolder('');
    else if ((await this.store.stat(''))?.kind === undefined)
      throw failure('ENOENT', 'the folder is missing');
    const note = { name: this.nameOf(options), digest: digestOf(bytes) };
    await notes.keep(options.id, bytes, note);
    await notes.tidy(this.context.now());
    return note;
  }

  private nameOf({ id, controlId, with: given, mediaType }: SendOptions): string {
    const template = given.file ?? this.settings.name ?? '{date}-{time}-{id}';
    const name = fileName(template, { ...given, id, controlId }, this.context.now());
    return splitName(name).extension === '' ? name + extensionOf(mediaType) : name;
  }

  private async place(
    store: Store,
    notes: SentNotes,
    note: Note,
    bytes: Uint8Array,
    { id }: SendOptions,
    progress: Progress,
  ): Promise<Placed> {
    if (note.digest !== digestOf(bytes)) return 'conflict';
    const temporary = notes.path(id, 'tmp');
    if (await store.stat(temporary)) {
      progress.mayHaveArrived = true;
      try {
        await store.moveNew(temporary, note.name, true);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') {
          progress.mayHaveArrived = isGone(error) || (await store.stat(note.name)) !== undefined;
          throw error;
        }
        if (!(await store.same(temporary, note.name))) return 'occupied';
        await store.remove(temporary);
      }
    }
    progress.mayHaveArrived = true;
    const { companion } = this.settings;
    if (companion !== undefined && (await store.stat(note.name)))
      await store.create(note.name + companion, new Uint8Array()).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
    return 'placed';
  }

  private refused(placed: 'occupied' | 'conflict', began: number): SendOutcome {
    const said =
      placed === 'occupied'
        ? { verdict: 'busy' as const, code: 'exists', reason: 'a file of this name is still there' }
        : {
            verdict: 'negative' as const,
            code: 'conflict',
            reason: 'this delivery was written before, with other bytes',
          };
    return this.replied(new Uint8Array(), began, said);
  }

  private async answered(
    store: Store,
    notes: SentNotes,
    { name }: Note,
    { id, controlId, matches, timeoutMs }: SendOptions,
    signal: AbortSignal,
    began: number,
  ): Promise<SendOutcome> {
    if (this.settings.answer === undefined && this.settings.refusal === undefined)
      return this.replied(new Uint8Array(), began, { verdict: 'good', code: 'written' });
    const answers = new Answers(store, notes, this.settings);
    const answer = await answers.wait({ id, controlId, name, matches }, timeoutMs, signal);
    if (answer === undefined)
      return { kind: 'unknown', code: 'hub.peer.timeout', reason: 'no answer file in time' };
    this.wire.moved('in', answer.bytes);
    return this.replied(answer.bytes, began, saidBy(answer));
  }

  private replied(bytes: Uint8Array, began: number, said: Said): SendOutcome {
    return { kind: 'replied', bytes, roundTripMs: performance.now() - began, peer: this.wire.peer, said };
  }
}

/** Whether the partner may have the file already. */
interface Progress {
  mayHaveArrived: boolean;
}

type Said = NonNullable<Extract<SendOutcome, { kind: 'replied' }>['said']>;

const saidBy = ({ kind, bytes }: Answer): Said =>
  kind === 'answer'
    ? { verdict: 'good', code: 'answered' }
    : { verdict: 'negative', code: 'refused', reason: firstLine(bytes) };

const firstLine = (bytes: Uint8Array): string =>
  (new TextDecoder().decode(bytes.subarray(0, 400)).split(/[\r\n]/, 1)[0] ?? '').slice(0, 200);

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const notSent = (reason: string): SendOutcome => ({ kind: 'not-sent', code: 'hub.peer.refused', reason });
