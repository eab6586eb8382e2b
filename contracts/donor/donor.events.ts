import { Type } from 'typebox';
import { defineEvent } from '../kernel/event.ts';
import { t } from '../kernel/text.ts';

const id = Type.String({ maxLength: 36 });

export const donorRegistered = defineEvent({
  name: 'donor.registered',
  title: t('供者建档', 'Donor registered'),
  payload: Type.Object({ donorId: id, number: Type.String() }),
});
export const donorChanged = defineEvent({
  name: 'donor.changed',
  title: t('供者信息更新', 'Donor changed'),
  payload: Type.Object({ donorId: id, number: Type.String(), fields: Type.Array(Type.String()) }),
});
/** Consumers move what they hold of `donorId` to `into`. */
export const donorMerged = defineEvent({
  name: 'donor.merged',
  title: t('供者合并', 'Donor merged'),
  payload: Type.Object({ donorId: id, into: id, number: Type.String() }),
});
