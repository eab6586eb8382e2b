import { expect, test } from '@jest/globals';
import { compileIntake, filterProblem, matches, Rights, templateProblem, topicProblem } from './topics.ts';

const parts = (text: string): string[] => text.split('/');

test.each([
  ['lab/+/telemetry', 'lab/f1/telemetry', true],
  ['lab/+/telemetry', 'lab/f1/x/telemetry', false],
  ['lab/#', 'lab', true],
  ['lab/#', 'lab/a/b', true],
  ['#', 'a/b', true],
  ['#', '$SYS/load', false],
  ['+/load', '$SYS/load', false],
  ['$SYS/#', '$SYS/load', true],
  ['lab/f1', 'lab/f10', false],
  ['+', '', true],
  ['+/+', '/x', true],
])('filter %s and topic %s: %s', (filter, topic, wanted) => {
  expect(matches(parts(filter), parts(topic))).toBe(wanted);
});

test('topics and filters that are none are told', () => {
  for (const bad of ['', 'a/+', 'a#', '$SYS/x', 'a\u0000b', 'a\ufffd', 'x'.repeat(1025), 'a/'.repeat(40)])
    expect([bad.slice(0, 10), topicProblem(bad)]).toEqual([bad.slice(0, 10), expect.any(String)]);
  for (const good of ['a', '/', '设备/温度', 'a//b']) expect(topicProblem(good)).toBeUndefined();
  for (const bad of ['', 'a/#/b', 'a+/b', '#a', 'a/b#'])
    expect(filterProblem(bad)).toEqual(expect.any(String));
  for (const good of ['#', '+', 'a/+/b/#', '设备/#']) expect(filterProblem(good)).toBeUndefined();
});

test('[INT-07] rights: %u and %c stand for the device and its client, and a name cannot widen them', () => {
  const rights = new Rights({ publish: ['lab/%u/#', 'gw/%c'], subscribe: ['lab/%u/+', 'all/#'] }, 'f1', 'c1');
  expect(['lab/f1/a', 'lab/f2/a', 'gw/c1', 'gw/c2'].map((t) => rights.mayPublish(parts(t)))).toEqual([
    true,
    false,
    true,
    false,
  ]);
  const asked = ['lab/f1/a', 'lab/f1/+', 'lab/f1/#', 'lab/+/a', '#', 'all/+/x', 'all/#', 'all', '$SYS/#'];
  expect(asked.filter((f) => rights.maySubscribe(f))).toEqual([
    'lab/f1/a',
    'lab/f1/+',
    'all/+/x',
    'all/#',
    'all',
  ]);
  const wide = new Rights({ publish: ['gw/%c', 'x/%u'] }, '', '#');
  expect(wide.mayPublish(['gw', 'anything'])).toBe(false);
  expect(wide.mayPublish(['x', ''])).toBe(false);
});

test('templates tell names of levels; the first that matches counts', () => {
  const read = compileIntake([
    { topic: 'lab/{device}/telemetry', kind: 'telemetry' },
    { topic: 'lab/{device}/#', kind: 'other' },
  ]);
  expect(read(parts('lab/f1/telemetry'))).toEqual({ kind: 'telemetry', device: 'f1' });
  expect(read(parts('lab/f1/x/y'))).toEqual({ kind: 'other', device: 'f1' });
  expect(read(parts('gw/f1'))).toBeUndefined();
  for (const bad of ['lab/{topic}', '{a}/{a}', 'x{a}', '{a-b}', 'a/#/b'])
    expect([bad, templateProblem(bad)]).toEqual([bad, expect.any(String)]);
});
