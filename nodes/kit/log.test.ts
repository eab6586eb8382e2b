import { expect, test } from '@jest/globals';
import { Fault } from '../../contracts/kernel/fault.ts';
import { createLog } from './log.ts';

function capture(human = false) {
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    nodeId: 'n1',
    human,
    destination: { write: (l) => void lines.push(l) },
  });
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
}

test('an event is one line of JSON with time, level, node, room and message', () => {
  const { log, lines, last } = capture();
  log.child('hub', { channel: 'his-adt' }).info('channel started', { port: 2575 });
  expect(lines).toHaveLength(1);
  expect(lines[0]!.endsWith('\n')).toBe(true);
  expect(last()).toMatchObject({
    level: 'info',
    node: 'n1',
    room: 'hub',
    channel: 'his-adt',
    port: 2575,
    message: 'channel started',
  });
  expect(last().time).toMatch(/^\d{4}-\d\d-\d\dT/);
});

test('only known keys with plain values are written, the others are named without their values', () => {
  const { log, lines, last } = capture();
  log.warn('odd', {
    messageId: 'm1',
    name: '张三',
    phone: '13800001111',
    code: '李四',
    id: { nested: '王五' },
    ids: ['a', 'b'],
    count: Number.NaN,
    姓名: 'x',
    ms: 4,
    absent: undefined,
  });
  expect(last()).toMatchObject({ messageId: 'm1', ids: ['a', 'b'], ms: 4 });
  expect(last().dropped).toEqual(['name', 'phone', 'code', 'id', 'count', '?']);
  expect(lines[0]).not.toMatch(/张三|13800001111|李四|王五|姓名/);
});

test('an error is written as class, code and frames, never with a message that may quote data', () => {
  const { log, lines, last } = capture();
  log.error('write failed', {
    error: Object.assign(new Error("Duplicate entry '13800001111' for key 'phone'\nZhang San"), {
      code: 'ER_DUP_ENTRY',
    }),
  });
  expect(last()).toMatchObject({ error: 'Error', code: 'ER_DUP_ENTRY' });
  expect((last().stack as string[])[0]).toContain('log.test.ts');
  try {
    JSON.parse('张三');
  } catch (error) {
    log.error('parse failed', { error });
  }
  log.error('rejected', { error: new Fault('donor.identity.conflict', { number: '13800001111' }) });
  expect(last()).toMatchObject({ error: 'Fault', code: 'donor.identity.conflict', kind: 'rejected' });
  log.error('ours', {
    error: new Fault('kernel.internal.error', {}, new TypeError("x of '13800001111' is not a function")),
  });
  expect(last()).toMatchObject({
    kind: 'broken',
    cause: { error: 'TypeError', problem: 'x of … is not a function' },
  });
  expect(lines.join('')).not.toMatch(/13800001111|张|Zhang/);
});

test('lines below the level are not written', () => {
  const { log, lines } = capture();
  log.debug('quiet');
  expect(lines).toHaveLength(0);
});

test('a terminal gets short lines', () => {
  const { log, lines } = capture(true);
  log.child('hub').info('ready', { port: 2575, ids: ['a'] });
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d info {2}hub: ready port=2575 ids=\["a"\]\n$/);
});
