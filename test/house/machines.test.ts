import { describe, expect, test } from '@jest/globals';
import { registry } from '../../contracts/registry.generated.ts';
import { product, read } from './files.ts';

describe.each([...registry.machines.values()].map((m) => [m.record.name, m] as const))(
  'machine of %s',
  (name, m) => {
    const states = Object.entries(m.states);
    const transitions = Object.entries(m.transitions);

    test('every state can be reached', () => {
      const reached = new Set<string>(m.initial);
      for (let grew = true; grew; ) {
        grew = false;
        for (const [, tr] of transitions)
          if (tr.to !== '@previous' && !reached.has(tr.to) && tr.from.some((s) => reached.has(s))) {
            reached.add(tr.to);
            grew = true;
          }
      }
      expect(states.map(([s]) => s).filter((s) => !reached.has(s))).toEqual([]);
    });

    test('a state has a way out unless it is final', () => {
      const leaving = new Set(transitions.flatMap(([, tr]) => tr.from));
      expect(
        states.filter(([s, state]) => leaving.has(s) === (state.final === true)).map(([s]) => s),
      ).toEqual([]);
    });

    test('transitions begin and end in states there are', () => {
      const named = transitions.flatMap(([, tr]) => [...tr.from, ...(tr.to === '@previous' ? [] : [tr.to])]);
      expect([...m.initial, ...named].filter((s) => !(s in m.states))).toEqual([]);
      expect(m.record.fields[m.field]).toBeDefined();
    });

    test('states and transitions have titles in both languages', () => {
      const bare = [...states, ...transitions]
        .filter(([, x]) => !x.title.zh || !x.title.en)
        .map(([key]) => key);
      expect(bare).toEqual([]);
    });

    test('every guard is written in the word’s node', () => {
      const code = product
        .filter((f) => f.startsWith(`nodes/${name}/`))
        .map((f) => read(f))
        .join('\n');
      const guards = transitions.flatMap(([, tr]) => tr.guards ?? []);
      expect(guards.filter((g) => !new RegExp(`\\b${g}\\b\\s*[:(]`).test(code))).toEqual([]);
    });
  },
);
