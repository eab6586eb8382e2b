import type { Limits, Point, Table } from './point-schema.ts';
import { isBits, widthOf } from './values.ts';

/** Points that are read with one request. */
export interface Block {
  readonly table: Table;
  readonly address: number;
  /** Registers or bits. */
  readonly count: number;
  readonly points: readonly Point[];
}

/** Largest answers of the protocol (Modbus Application Protocol V1.1b3, 6.1 to 6.4). */
const mostRegisters = 125;
const mostBits = 2000;
const usualGap = 8;

/** As few requests as the limits allow; unused addresses up to the gap are read along. */
export function plan(points: readonly Point[], limits: Limits = {}): Block[] {
  const blocks: Block[] = [];
  for (const table of ['coil', 'discrete', 'input', 'holding'] as const) {
    const own = points.filter((p) => p.table === table).sort((a, b) => a.address - b.address);
    const bits = isBits({ table });
    const most = bits ? (limits.bits ?? mostBits) : (limits.registers ?? mostRegisters);
    const gap = limits.gap ?? usualGap;
    let run: Point[] = [];
    for (const point of own) {
      const joined = [...run, point];
      const { address, count } = spanOf(joined);
      const before = run.length === 0 ? address : spanOf(run).address + spanOf(run).count;
      if (run.length > 0 && (count > most || point.address - before > gap)) {
        blocks.push({ table, ...spanOf(run), points: run });
        run = [point];
      } else run = joined;
    }
    if (run.length > 0) blocks.push({ table, ...spanOf(run), points: run });
  }
  return blocks;
}

/** A block whose addresses the device refused, in two; undefined where there is nothing to part. */
export function halves({ table, points }: Block): readonly [Block, Block] | undefined {
  if (points.length < 2) return undefined;
  const middle = Math.ceil(points.length / 2);
  const [first, second] = [points.slice(0, middle), points.slice(middle)];
  return [
    { table, ...spanOf(first), points: first },
    { table, ...spanOf(second), points: second },
  ];
}

function spanOf(points: readonly Point[]): { address: number; count: number } {
  const address = Math.min(...points.map((p) => p.address));
  const end = Math.max(...points.map((p) => p.address + widthOf(p)));
  return { address, count: end - address };
}
