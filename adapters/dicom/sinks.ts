import { createHash, type Hash } from 'node:crypto';
import type { Sink } from './messages.ts';
import { fileHead } from './part10.ts';
import { type Answer, status } from './status.ts';

/** Bytes of all associations that are received and not yet committed. */
export class Budget {
  private used = 0;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  take(bytes: number): boolean {
    if (this.used + bytes > this.limit) return false;
    this.used += bytes;
    return true;
  }

  release(bytes: number): void {
    this.used -= bytes;
  }
}

const FIRST_BLOCK = 65_536;
const BLOCK = 1_048_576;

/**
 * Gathers a data set into the file it will be. Fragments are copied into blocks, so that neither many tiny ones nor the read
 * buffers they come in cost more than their bytes. Beyond a limit the rest is let go and the answer says so.
 */
export class StoreSink implements Sink {
  readonly kind = 'store';
  /** Why the instance is not taken. */
  refused: Answer | undefined;
  private readonly budget: Budget;
  private readonly maxBytes: number;
  private readonly head: Buffer;
  private readonly hash: Hash = createHash('sha256');
  private blocks: Buffer[] = [];
  private block: Buffer = Buffer.alloc(0);
  private filled = 0;
  private held = 0;
  private length: number;

  constructor(
    budget: Budget,
    maxBytes: number,
    about: { readonly sopClass: string; readonly sopInstance: string; readonly syntax: string },
  ) {
    this.budget = budget;
    this.maxBytes = maxBytes;
    this.head = fileHead(about.sopClass, about.sopInstance, about.syntax);
    this.length = this.head.length;
    this.hash.update(this.head);
  }

  /** Bytes in memory. */
  get buffered(): number {
    return this.held;
  }

  write(bytes: Buffer): void {
    this.length += bytes.length;
    if (this.refused !== undefined) return;
    if (this.length > this.maxBytes) {
      this.refuse(status.cannotUnderstand, `larger than ${this.maxBytes} bytes`);
      return;
    }
    if (!this.budget.take(bytes.length)) {
      this.refuse(status.outOfResources, 'too many images at once, send again');
      return;
    }
    this.held += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      if (this.filled === this.block.length) this.nextBlock();
      const part = bytes.copy(this.block, this.filled, at);
      this.filled += part;
      at += part;
    }
  }

  /** The whole file and its SHA-256; the blocks are let go. */
  finish(): { readonly file: Buffer; readonly digest: string } {
    this.endBlock();
    const file = Buffer.concat([this.head, ...this.blocks]);
    this.blocks = [];
    return { file, digest: this.hash.digest('hex') };
  }

  /** What was taken of the budget is given back; only once. */
  release(): void {
    this.budget.release(this.held);
    this.held = 0;
    this.blocks = [];
    this.block = Buffer.alloc(0);
    this.filled = 0;
  }

  private refuse(code: number, comment: string): void {
    this.refused = { status: code, comment };
    this.release();
  }

  private nextBlock(): void {
    this.endBlock();
    this.block = Buffer.allocUnsafe(this.blocks.length === 0 ? FIRST_BLOCK : BLOCK);
    this.filled = 0;
  }

  private endBlock(): void {
    if (this.filled === 0) return;
    const block = this.block.subarray(0, this.filled);
    this.hash.update(block);
    this.blocks.push(block);
    this.block = Buffer.alloc(0);
    this.filled = 0;
  }
}

const IDENTIFIER_BYTES = 65_536;

/** A small data set: the keys of a query. */
export class QuerySink implements Sink {
  readonly kind = 'query';
  tooLarge = false;
  private readonly block: Buffer[] = [];
  private length = 0;

  write(bytes: Buffer): void {
    this.length += bytes.length;
    if (this.length > IDENTIFIER_BYTES) {
      this.tooLarge = true;
      this.block.length = 0;
    } else this.block.push(Buffer.from(bytes));
  }

  finish(): Buffer {
    return Buffer.concat(this.block);
  }

  release(): void {
    this.block.length = 0;
  }
}

/** Data sets of operations that are not offered. */
export class NoSink implements Sink {
  readonly kind = 'none';
  write(): void {}
  release(): void {}
}

export type AnySink = StoreSink | QuerySink | NoSink;
