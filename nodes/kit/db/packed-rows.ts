/**
 * Rows of parameters as they cross to a thread: a column that is the same in all rows goes once, the others value by value in
 * one list, bytes of all rows in one block. A tenth of the objects, and a third of the values of what the journal writes.
 */
export interface PackedRows {
  readonly count: number;
  /** The first row; what varies is overwritten by each. */
  readonly first: unknown[];
  readonly varying: readonly number[];
  /** Row by row; bytes by their length. */
  readonly values: readonly unknown[];
  readonly bytes: Uint8Array | undefined;
  /** Columns whose values are lengths in `bytes`. */
  readonly binary: readonly number[];
}

export function packRows(rows: readonly (readonly unknown[])[]): PackedRows {
  const first = [...(rows[0] ?? [])];
  const varying: number[] = [];
  const binary: number[] = [];
  let size = 0;
  for (let c = 0; c < first.length; c++) {
    let varies = false;
    let bytes = false;
    for (const row of rows) {
      const value = row[c];
      if (value instanceof Uint8Array) {
        bytes = true;
        size += value.byteLength;
      } else if (value !== first[c]) varies = true;
    }
    if (bytes) binary.push(c);
    if (bytes || varies) {
      varying.push(c);
      first[c] = null;
    }
  }
  const values: unknown[] = [];
  const bytes = size > 0 ? new Uint8Array(size) : undefined;
  let at = 0;
  for (const row of rows)
    for (const c of varying) {
      const value = row[c];
      if (value instanceof Uint8Array) {
        bytes?.set(value, at);
        at += value.byteLength;
        values.push(value.byteLength);
      } else values.push(value);
    }
  return { count: rows.length, first, varying, values, bytes, binary };
}

const nothing = new Uint8Array();

/** Each row in turn, in the same array: whoever wants to keep one copies it. */
export function* unpackRows(packed: PackedRows): Generator<readonly unknown[]> {
  const { count, varying, values, bytes = nothing, binary } = packed;
  const row = [...packed.first];
  let at = 0;
  let v = 0;
  for (let n = 0; n < count; n++) {
    for (const c of varying) {
      const value = values[v++];
      if (typeof value === 'number' && binary.includes(c)) {
        row[c] = bytes.subarray(at, at + value);
        at += value;
      } else row[c] = value;
    }
    yield row;
  }
}
