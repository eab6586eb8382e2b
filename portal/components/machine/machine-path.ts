import type { Machine } from '../../api/meta.ts';

export interface MachinePicture {
  /** States of the way things go when nothing goes wrong. */
  readonly main: readonly string[];
  /** The other states, each under the state of the main way it leaves from. */
  readonly side: readonly { readonly state: string; readonly under: number }[];
}

/** The longest way from the first state over transitions that are neither dangerous nor back. */
export function mainPath(machine: Machine): string[] {
  const next = new Map<string, Set<string>>();
  for (const tr of Object.values(machine.transitions)) {
    const tone = machine.states[tr.to]?.tone;
    if (tr.danger || tr.to === '@previous' || tone === 'bad' || tone === 'warn') continue;
    for (const from of tr.from) (next.get(from) ?? next.set(from, new Set()).get(from)!).add(tr.to);
  }
  const walk = (path: readonly string[]): readonly string[] => {
    let best = path;
    for (const to of next.get(path.at(-1)!) ?? []) {
      if (path.includes(to)) continue;
      const longer = walk([...path, to]);
      if (longer.length > best.length) best = longer;
    }
    return best;
  };
  return [...walk(machine.initial.slice(0, 1))];
}

/**
 * Places every state: the main way in a row, the others below, one to a column where that is possible. The current state,
 * where it is a side state, stands under the state it was left from.
 */
export function machinePicture(machine: Machine, current: string, previous: string): MachinePicture {
  const main = mainPath(machine);
  const taken = new Set<number>();
  const rest = Object.keys(machine.states).filter((state) => !main.includes(state));
  const columnsOf = (state: string): number[] => {
    const from = new Set(
      Object.values(machine.transitions)
        .filter((tr) => tr.to === state)
        .flatMap((tr) => tr.from),
    );
    return main.map((s, i) => (from.has(s) ? i : -1)).filter((i) => i >= 0);
  };
  const weight = (state: string) => (state === current ? -1 : columnsOf(state).length);
  rest.sort((a, b) => weight(a) - weight(b));
  const side = rest.map((state) => {
    const columns = columnsOf(state);
    const left = state === current ? main.indexOf(previous) : -1;
    const under = left >= 0 ? left : (columns.findLast((i) => !taken.has(i)) ?? columns.at(-1) ?? 0);
    taken.add(under);
    return { state, under };
  });
  return { main, side: side.sort((a, b) => a.under - b.under) };
}
