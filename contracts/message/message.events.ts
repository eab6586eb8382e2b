import { Type } from 'typebox';
import { defineEvent } from '../kernel/event.ts';
import { t } from '../kernel/text.ts';

const shape = Type.Object({ messageId: Type.String(), channel: Type.String(), faultCode: Type.String() });

export const messageParked = defineEvent({
  name: 'message.parked',
  title: t('消息挂起', 'Message parked'),
  payload: shape,
});
export const messageReleased = defineEvent({
  name: 'message.released',
  title: t('挂起解除', 'Parked message settled'),
  payload: shape,
});
