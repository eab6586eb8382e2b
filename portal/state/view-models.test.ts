import { afterEach, describe, expect, test } from '@jest/globals';
import { language, msg, setLanguage } from './language.ts';
import { lineDiff } from './line-diff.ts';
import { changeView, listCall, readView, writeView } from './list-view.ts';
import { may } from './permission.ts';
import { rowChanges } from './row-changes.ts';
import { bytes, compactTime, duration, relativeTime, sinceOf } from './time.ts';

afterEach(() => setLanguage('zh', false));

test('words follow the language, and watchers are told once for each change', () => {
  let told = 0;
  const end = language.watch(() => {
    told += 1;
  });
  expect(msg('订单', 'Orders')).toBe('订单');
  setLanguage('en', false);
  setLanguage('en', false);
  expect(msg('订单', 'Orders')).toBe('Orders');
  end();
  setLanguage('zh', false);
  expect(told).toBe(1);
});

describe('the view of a list', () => {
  const defaults = { sort: '-createdAt' };

  test('what is written into an address reads back the same', () => {
    const view = {
      q: '待 接收',
      key: 'P1',
      filter: { state: 'REJECTED,CANCELLED' },
      sort: 'number',
      page: 3,
    };
    expect(readView(writeView(view, defaults), defaults)).toEqual(view);
  });

  test('the defaults leave the address empty, and nonsense in it is ignored', () => {
    expect(writeView(readView('', defaults), defaults)).toBe('');
    expect(readView('page=-2&filter[]=x&filter[state]=', defaults)).toEqual({
      q: '',
      key: '',
      filter: {},
      sort: '-createdAt',
      page: 1,
    });
  });

  test('a change of filter begins at the first page, a call leaves out what is empty', () => {
    const view = changeView(readView('page=4', defaults), { filter: { state: 'DRAFT' } });
    expect(listCall(view, 25)).toEqual({
      filter: { state: 'DRAFT' },
      sort: '-createdAt',
      page: 1,
      pageSize: 25,
    });
  });
});

test('rows that came and rows that changed are told apart', () => {
  const stamp = (row: { id: string; version: number }) => String(row.version);
  const before = [
    { id: 'a', version: 1 },
    { id: 'b', version: 1 },
  ];
  const after = [
    { id: 'c', version: 1 },
    { id: 'a', version: 2 },
    { id: 'b', version: 1 },
  ];
  const { born, fresh } = rowChanges(before, after, stamp);
  expect([[...born], [...fresh]]).toEqual([['c'], ['a']]);
});

test('a right is held as itself or by its word, never across words, and mesh rights never', () => {
  expect(may(['order.*'], 'order.plan')).toBe(true);
  expect(may(['order.read'], 'order.plan')).toBe(false);
  expect(may(['ord.*'], 'order.plan')).toBe(false);
  expect(may(['*'], 'mesh')).toBe(false);
  expect(may(undefined, 'order.read')).toBe(false);
});

describe('times', () => {
  const now = Date.parse('2026-11-23T10:00:00Z');
  test('relative time speaks both languages', () => {
    expect(relativeTime('2026-11-23T09:59:50Z', now)).toBe('刚刚');
    expect(relativeTime('2026-11-23T09:57:00Z', now)).toBe('3分钟前');
    setLanguage('en', false);
    expect(relativeTime('2026-11-23T08:00:00Z', now)).toBe('2 hr ago');
    expect(relativeTime('2026-11-25T10:00:00Z', now)).toBe('in 2 days');
  });

  test('a text that is no time is shown as it is', () => {
    expect(compactTime('soon', now)).toBe('soon');
    expect(relativeTime('soon', now)).toBe('soon');
  });

  test('ranges begin on a minute, durations and sizes have their units', () => {
    expect(sinceOf('24h', now + 12_345)).toBe('2026-11-22T10:00:00.000Z');
    expect(sinceOf('7d', now)).toBe('2026-11-16T10:00:00.000Z');
    expect([duration(38.4), duration(1250), bytes(1536), bytes(3)]).toEqual([
      '38 ms',
      '1.3 s',
      '1.5 KB',
      '3 B',
    ]);
  });
});

test('a difference of texts keeps the lines that stayed', () => {
  expect(lineDiff('a\nb\nc', 'a\nx\nc\nd')).toEqual([
    { kind: 'same', text: 'a' },
    { kind: 'gone', text: 'b' },
    { kind: 'new', text: 'x' },
    { kind: 'same', text: 'c' },
    { kind: 'new', text: 'd' },
  ]);
});
