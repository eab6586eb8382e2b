interface Identified {
  readonly id: string;
}

/** Which rows of a list have come and which have changed since it was last shown; `stamp` tells versions apart. */
export function rowChanges<T extends Identified>(
  before: readonly T[],
  after: readonly T[],
  stamp: (row: T) => string,
): { born: Set<string>; fresh: Set<string> } {
  const known = new Map(before.map((row) => [row.id, stamp(row)]));
  const born = new Set<string>();
  const fresh = new Set<string>();
  for (const row of after) {
    const old = known.get(row.id);
    if (old === undefined) born.add(row.id);
    else if (old !== stamp(row)) fresh.add(row.id);
  }
  return { born, fresh };
}
