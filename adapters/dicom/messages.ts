import { type Command, readCommand } from './command.ts';

/** Where the data set of a message goes while it arrives. */
export interface Sink {
  write(bytes: Buffer): void;
}

export interface Incoming<S extends Sink> {
  readonly context: number;
  readonly command: Command;
  readonly sink: S | undefined;
}

const COMMAND_BYTES = 65_536;

/** Messages from the fragments of P-DATA units (PS3.8 Annex E): a command set, then its data set on the same context. */
export class MessageReader<S extends Sink> {
  private readonly open: (context: number, command: Command) => S;
  private parts: Buffer[] = [];
  private size = 0;
  private context: number | undefined;
  private current: Incoming<S> | undefined;

  constructor(open: (context: number, command: Command) => S) {
    this.open = open;
  }

  /** A message has begun and is not complete. */
  get midway(): boolean {
    return this.context !== undefined;
  }

  /** The message whose data set is arriving. */
  get arriving(): Incoming<S> | undefined {
    return this.current;
  }

  /** What a unit completes, or why it cannot be read; then nothing more can be. */
  take(body: Buffer): Incoming<S>[] | { readonly problem: string } {
    const done: Incoming<S>[] = [];
    let at = 0;
    while (at < body.length) {
      if (at + 6 > body.length) return { problem: 'a fragment without its header' };
      const length = body.readUInt32BE(at);
      const end = at + 4 + length;
      if (length < 2 || end > body.length) return { problem: 'a fragment longer than its unit' };
      const control = body[at + 5]!;
      const result = this.fragment(
        body[at + 4]!,
        (control & 1) === 1,
        (control & 2) === 2,
        body.subarray(at + 6, end),
      );
      if (typeof result === 'string') return { problem: result };
      if (result !== undefined) done.push(result);
      at = end;
    }
    return done;
  }

  private fragment(
    context: number,
    isCommand: boolean,
    last: boolean,
    bytes: Buffer,
  ): Incoming<S> | string | undefined {
    if (this.context !== undefined && this.context !== context)
      return 'fragments of two presentation contexts in one message';
    if (isCommand !== (this.current === undefined))
      return isCommand ? 'a command in the middle of a data set' : 'a data set without a command';
    this.context = context;
    if (this.current !== undefined) {
      this.current.sink?.write(bytes);
      return last ? this.finish(this.current) : undefined;
    }
    this.size += bytes.length;
    if (this.size > COMMAND_BYTES) return `a command set over ${COMMAND_BYTES} bytes`;
    // Copied: a view would keep all that was read with it, and empty fragments may come without end.
    if (bytes.length > 0) this.parts.push(Buffer.from(bytes));
    return last ? this.command(context) : undefined;
  }

  private command(context: number): Incoming<S> | string | undefined {
    const command = readCommand(Buffer.concat(this.parts, this.size));
    this.parts = [];
    this.size = 0;
    if (command === undefined) return 'a command set that cannot be read';
    if (!command.hasDataset) return this.finish({ context, command, sink: undefined });
    this.current = { context, command, sink: this.open(context, command) };
    return undefined;
  }

  private finish(message: Incoming<S>): Incoming<S> {
    this.context = undefined;
    this.current = undefined;
    return message;
  }
}
