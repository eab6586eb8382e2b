import { isLong, shown, vrOf } from './syntax.ts';
import { explicitBig, implicitLittle } from './uid.ts';

/** Data sets of PS3.5 §7 as far as they are asked for; values stay views of the bytes they came in. */
export interface Element {
  readonly tag: number;
  readonly vr: string;
  readonly bytes: Buffer;
  /** Of a sequence. */
  readonly items?: readonly Dataset[];
}
export type Dataset = ReadonlyMap<number, Element>;

export interface ReadOptions {
  /** Elements that are kept; what is inside a kept sequence is kept whole. */
  readonly keep: (tag: number) => boolean;
  /** Reading stops behind this tag: what follows may be an image of any size. */
  readonly last: number;
}

const UNDEFINED = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const DEPTH = 16;
const ELEMENTS = 200_000;

/** Why the bytes are no data set of that syntax. */
export interface Unreadable {
  readonly problem: string;
}

export function readDataset(bytes: Buffer, syntax: string, options: ReadOptions): Dataset | Unreadable {
  const reader = new Reader(bytes, syntax === explicitBig, options);
  try {
    return reader.elements(bytes.length, syntax !== implicitLittle, 0, false).dataset;
  } catch (error) {
    if (reader.reason !== '') return { problem: reader.reason };
    throw error;
  }
}

class Reader {
  reason = '';
  private readonly bytes: Buffer;
  private readonly big: boolean;
  private readonly options: ReadOptions;
  private at = 0;
  private steps = 0;

  constructor(bytes: Buffer, big: boolean, options: ReadOptions) {
    this.bytes = bytes;
    this.big = big;
    this.options = options;
  }

  /** Elements up to `end`, or to the delimiter of an item whose length is not given. */
  elements(end: number, explicit: boolean, depth: number, keepAll: boolean): { dataset: Dataset } {
    if (depth > DEPTH) this.fail('sequences nested too deeply');
    const dataset = new Map<number, Element>();
    while (this.at < end) {
      const tag = this.tag(end);
      if (tag === ITEM_END && depth > 0) {
        this.skip(4, end);
        break;
      }
      if (depth === 0 && tag > this.options.last) break;
      const element = this.element(tag, end, explicit, depth, keepAll || this.options.keep(tag));
      if (element !== undefined) dataset.set(tag, element);
    }
    return { dataset };
  }

  private element(
    tag: number,
    end: number,
    explicit: boolean,
    depth: number,
    keep: boolean,
  ): Element | undefined {
    if (++this.steps > ELEMENTS) this.fail('too many elements');
    let vr = vrOf(tag);
    let length: number;
    if (explicit) {
      this.need(4, end, tag);
      vr = this.bytes.toString('latin1', this.at, this.at + 2);
      if (!/^[A-Z]{2}$/.test(vr)) this.fail(`${shown(tag)} has no value representation`);
      if (isLong(vr)) {
        this.at += 4;
        length = this.long(end, tag);
      } else {
        length = this.big ? this.bytes.readUInt16BE(this.at + 2) : this.bytes.readUInt16LE(this.at + 2);
        this.at += 4;
      }
    } else length = this.long(end, tag);
    if (length === UNDEFINED || vr === 'SQ')
      return this.sequence(tag, length, end, explicit && vr !== 'UN', depth, keep);
    const from = this.at;
    this.skip(length, end, tag);
    return keep ? { tag, vr, bytes: this.bytes.subarray(from, this.at) } : undefined;
  }

  private sequence(
    tag: number,
    length: number,
    outer: number,
    explicit: boolean,
    depth: number,
    keep: boolean,
  ): Element | undefined {
    const end = length === UNDEFINED ? outer : this.at + length;
    if (end > outer) this.fail(`${shown(tag)} is longer than what is left`);
    if (!keep && length !== UNDEFINED) {
      this.at = end;
      return undefined;
    }
    const items: Dataset[] = [];
    while (this.at < end) {
      const mark = this.tag(end);
      const size = this.long(end, tag);
      if (mark === SEQUENCE_END && length === UNDEFINED) return this.made(tag, items, keep);
      if (mark !== ITEM) this.fail(`${shown(tag)} holds something else than items`);
      if (++this.steps > ELEMENTS) this.fail('too many items');
      const until = size === UNDEFINED ? end : this.at + size;
      if (until > end) this.fail(`an item of ${shown(tag)} is longer than what is left`);
      const { dataset } = this.elements(until, explicit, depth + 1, keep);
      if (keep) items.push(dataset);
    }
    return this.made(tag, items, keep);
  }

  private made(tag: number, items: Dataset[], keep: boolean): Element | undefined {
    return keep ? { tag, vr: 'SQ', bytes: this.bytes.subarray(0, 0), items } : undefined;
  }

  private tag(end: number): number {
    this.need(4, end, 0);
    const { bytes, at } = this;
    const [group, element] = this.big
      ? [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)]
      : [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    this.at += 4;
    return group * 0x10000 + element;
  }

  private long(end: number, tag: number): number {
    this.need(4, end, tag);
    const value = this.big ? this.bytes.readUInt32BE(this.at) : this.bytes.readUInt32LE(this.at);
    this.at += 4;
    return value;
  }

  private skip(length: number, end: number, tag = 0): void {
    this.need(length, end, tag);
    this.at += length;
  }

  private need(length: number, end: number, tag: number): void {
    if (this.at + length > end)
      this.fail(tag === 0 ? 'the data set ends in an element' : `${shown(tag)} is longer than what is left`);
  }

  private fail(reason: string): never {
    this.reason = reason;
    throw new Error(reason);
  }
}
