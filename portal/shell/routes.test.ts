import { expect, test } from '@jest/globals';
import type { Route } from '../api/request.ts';
import { find } from './find.ts';
import { addressOf, pageFor, pageNames, placeOf } from './routes.ts';

test('an address and its place are the same both ways', () => {
  for (const page of pageNames) {
    const place = { page, id: 'a/b', search: '' };
    expect(placeOf(addressOf(place), '')).toEqual(place);
  }
  expect(placeOf('/messages', '?key=P1')).toEqual({ page: 'messages', id: '', search: 'key=P1' });
});

test('an unknown or broken address leads to the orders', () => {
  expect(placeOf('/', '')).toEqual({ page: 'orders', id: '', search: '' });
  expect(placeOf('/nowhere/1', '')).toMatchObject({ page: 'orders', id: '' });
  expect(placeOf('/orders/%E4%', '')).toMatchObject({ page: 'orders', id: '' });
  expect(pageFor('order')).toBe('orders');
  expect(pageFor('nonsense')).toBeUndefined();
});

function catalogue(orders: object[], messages: object[]) {
  return {
    call: async <T>(route: Route) => {
      const items = route.path === '/orders' ? orders : messages;
      return { items, total: items.length } as T;
    },
  };
}

test('the command field opens the one order, else the message, else looks for a donor', async () => {
  const all = () => true;
  const order = { id: 'o1', number: 'CM1', placerNumber: 'P1' };
  expect(await find(catalogue([order], []), 'P1', all)).toEqual({ page: 'orders', id: 'o1' });
  expect(await find(catalogue([], [{ id: 'm1' }]), 'HIS1', all)).toEqual({ page: 'messages', id: 'm1' });
  expect(await find(catalogue([], [{}, {}]), 'MR1', all)).toEqual({ page: 'messages', search: 'key=MR1' });
  expect(await find(catalogue([], []), '张三', all)).toMatchObject({ page: 'donors' });
  expect(await find(catalogue([order], []), 'P1', () => false)).toBeUndefined();
});
