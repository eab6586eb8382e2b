import { expect, test } from '@jest/globals';
import { bookOf, hl7, org, shippedText } from '../testing.ts';
import { translate } from './translate.ts';

const book = bookOf(shippedText('his'), shippedText('his-orders-in'));
const channel = book.channel(org, 'his-orders-in')!;
const order = (code: string, priority = 'R') => {
  const text = hl7({ type: 'ORM^O01', more: [`ORC|NW|A1|||||^^^^^${priority}`, `OBR|1|A1||${code}^x`] });
  const endpoint = book.endpoint(org, 'his')!;
  const { message } = endpoint.format.read({ bytes: Buffer.from(text), oddities: [] }, endpoint.def)
    .messages[0]!;
  return translate(channel as never, message);
};

test('[INT-03] a code that refuses the message is a miss for the work list, as one that passes on a default is', () => {
  expect(order('NOPE')).toMatchObject({
    messages: undefined,
    fault: { code: 'codeset.code.unmapped', data: { table: 'product', code: 'NOPE' } },
    misses: [{ table: 'product', code: 'NOPE' }],
  });
  expect(order('NK-P', 'QQ')).toMatchObject({
    fault: undefined,
    misses: [{ table: 'order-priority', code: 'QQ' }],
  });
});
