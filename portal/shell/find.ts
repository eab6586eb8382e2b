import { messageList, orderList } from '../api/client.generated.ts';
import type { Caller } from '../api/http.ts';
import type { PageName } from './routes.ts';

/** Where the command field leads: straight to the one order of that number, else to the messages with that business key. */
export async function find(
  http: Caller,
  text: string,
  may: (right: string) => boolean,
): Promise<{ page: PageName; id?: string; search?: string } | undefined> {
  if (may('order.read')) {
    const { items, total } = await orderList(http, { q: text, pageSize: 2 });
    const exact = items.find((o) => o.number === text || o.placerNumber === text);
    if (exact !== undefined) return { page: 'orders', id: exact.id };
    if (total === 1 && items[0] !== undefined) return { page: 'orders', id: items[0].id };
    if (total > 1) return { page: 'orders', search: new URLSearchParams({ q: text }).toString() };
  }
  if (may('message.read')) {
    const { items, total } = await messageList(http, { key: text, pageSize: 1 });
    if (total === 1 && items[0] !== undefined && may('message.content'))
      return { page: 'messages', id: items[0].id };
    if (total > 0) return { page: 'messages', search: new URLSearchParams({ key: text }).toString() };
  }
  if (may('donor.read')) return { page: 'donors', search: new URLSearchParams({ q: text }).toString() };
  return undefined;
}
