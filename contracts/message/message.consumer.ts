import { codeMapped } from '../codeset/codeset.events.ts';
import { defineConsumer } from '../kernel/event.ts';
import { orderFactAdded, orderMoved, orderStatusChanged } from '../order/order.events.ts';
import { reportIssued } from '../report/report.events.ts';

/** What the hub takes: events that a channel may carry to a partner, and what changes its tables. */
export const messageConsumer = defineConsumer('message', [
  orderStatusChanged,
  orderMoved,
  orderFactAdded,
  reportIssued,
  codeMapped,
]);
