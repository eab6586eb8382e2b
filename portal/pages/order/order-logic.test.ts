import { expect, test } from '@jest/globals';
import type { Order } from '../../api/client.generated.ts';
import { machines } from '../../api/meta.generated.ts';
import type { Route } from '../../api/request.ts';
import { orderAxis } from './order-axis.ts';
import { offered, transition } from './order-transitions.ts';

const verbs = (state: string, ...rights: string[]) =>
  offered(machines.order, state, (right) => rights.includes(right)).map(([verb]) => verb);

test('only what the machine and the rights allow is offered, the dangerous last', () => {
  expect(verbs('SUBMITTED', 'order.plan', 'order.cancel')).toEqual(['accept', 'hold', 'reject', 'cancel']);
  expect(verbs('SUBMITTED', 'order.read')).toEqual([]);
  expect(verbs('ACCEPTED', 'order.plan', 'mesh')).not.toContain('accept');
  expect(verbs('REJECTED', 'order.plan', 'order.cancel', 'order.write')).toEqual([]);
});

test('every transition that people make has its call', async () => {
  const order = { id: 'o', version: 3 } as Order;
  for (const [verb, tr] of Object.entries(machines.order.transitions)) {
    if (tr.permission === 'mesh') continue;
    const sent: { route: Route; params: Record<string, unknown>; key: string | undefined }[] = [];
    const http = {
      call: async <T>(route: Route, params: object, options?: { key?: string }) => {
        sent.push({ route, params: params as Record<string, unknown>, key: options?.key });
        return order as T;
      },
    };
    await transition(http, verb, { order, reason: 'r', disposition: 'none' }, 'k');
    expect(sent).toMatchObject([
      { route: { path: `/orders/{id}/actions/${verb}`, ifMatch: true }, params: { version: 3 }, key: 'k' },
    ]);
  }
});

test('history, messages and deliveries are one axis, newest first, the cause before the effect', () => {
  const at = '2026-11-23T10:00:00.000Z';
  const later = '2026-11-23T10:00:01.000Z';
  const axis = orderAxis(
    [{ at, to: 'SUBMITTED' }] as never,
    [{ id: 'm', receivedAt: at }] as never,
    [{ createdAt: at, lastAt: null, doneAt: later }] as never,
    'm',
  );
  expect(axis.map((e) => e.kind)).toEqual(['delivery', 'state', 'message']);
  expect(axis.at(-1)).toMatchObject({ madeIt: true });
});
