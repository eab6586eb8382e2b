import { Type } from 'typebox';
import { defineRecord, defineTable, field } from '../../../contracts/kernel/record.ts';
import { t } from '../../../contracts/kernel/text.ts';

const title = (name: string) => ({ title: t(name, name) });

/** A business record with every kind of column. */
export const probeRecord = defineRecord({
  name: 'probe',
  plural: 'probes',
  title: t('探针', 'Probe'),
  fields: {
    code: field.string(60, { ...title('code'), filter: true, search: true }),
    name: field.orNull(field.string(100, { ...title('name'), personal: true, blind: true, search: true })),
    phone: field.orNull(field.string(40, { ...title('phone'), personal: true })),
    kind: field.orNull(field.choice(['A', 'B'], { ...title('kind'), filter: true })),
    amount: field.orNull(field.int({ ...title('amount'), filter: true })),
    ratio: field.orNull(field.real(title('ratio'))),
    flag: field.bool({ ...title('flag'), filter: true }),
    maybe: field.orNull(field.bool(title('maybe'))),
    at: field.orNull(field.time(title('at'))),
    text: field.orNull(field.text(title('text'))),
    json: field.orNull(field.json(Type.Unknown(), title('json'))),
    raw: field.orNull(field.bytes(title('raw'))),
  },
  indexes: [{ fields: ['orgId', 'code'], unique: true }, { fields: ['orgId', 'createdAt'] }],
});

/** A plain table with a running number. */
export const noteTable = defineTable({
  name: 'note',
  plural: 'notes',
  title: t('便条', 'Note'),
  fields: {
    seq: field.seq(title('seq')),
    id: field.id(title('id')),
    text: field.orNull(field.string(100, title('text'))),
    more: field.orNull(field.string(100, title('more'))),
  },
  indexes: [{ fields: ['id'], unique: true }],
});
