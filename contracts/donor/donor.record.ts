import { Type } from 'typebox';
import { defineRecord, defineTable, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';
import { identifierSchema } from '../message/canonical.parts.ts';

/**
 * Words: **donor** 供者 the person cells come from, known by identifiers of one or more authorities; **identifier** 标识 a
 * number an authority gave (MRN, national id); **merge** 合并 two registrations found to be one person.
 */
export const donorRecord = defineRecord({
  name: 'donor',
  plural: 'donors',
  title: t('供者', 'Donor'),
  fields: {
    number: field.string(20, { title: t('供者号', 'Donor number'), search: true, filter: true }),
    name: field.orNull(
      field.string(100, { title: t('姓名', 'Name'), personal: true, blind: true, search: true }),
    ),
    namePhonetic: field.orNull(field.string(100, { title: t('拼音', 'Romanised name'), personal: true })),
    sex: field.orNull(field.choice(['M', 'F', 'O', 'U'], { title: t('性别', 'Sex'), filter: true })),
    birthDate: field.orNull(field.string(10, { title: t('出生日期', 'Date of birth'), personal: true })),
    idNumber: field.orNull(
      field.string(32, {
        title: t('身份证号', 'National id number'),
        personal: true,
        blind: true,
        search: true,
      }),
    ),
    phone: field.orNull(field.string(40, { title: t('电话', 'Phone'), personal: true })),
    address: field.orNull(field.string(250, { title: t('地址', 'Address'), personal: true })),
    identifiers: field.json(Type.Array(identifierSchema), { title: t('标识', 'Identifiers') }),
    status: field.choice(['ACTIVE', 'MERGED'], { title: t('状态', 'Status'), filter: true }),
    mergedInto: field.orNull(field.id({ title: t('并入', 'Merged into'), refers: 'donor' })),
  },
  indexes: [
    { fields: ['orgId', 'number'], unique: true },
    { fields: ['orgId', 'updatedAt'] },
    { fields: ['mergedInto'] },
  ],
});

/** One row per identifier in force: what finds the donor of a message, and what makes two donors with one number impossible. */
export const donorIdentifierTable = defineTable({
  name: 'donor_identifier',
  plural: 'donor_identifiers',
  title: t('供者标识', 'Donor identifiers'),
  fields: {
    /** `<orgId>|<authority>|<number>`, digested where longer than 100. */
    id: field.string(100, { title: t('键', 'Key') }),
    orgId: field.id({ title: t('机构', 'Organisation') }),
    donorId: field.id({ title: t('供者', 'Donor') }),
    number: field.string(64, { title: t('号码', 'Number') }),
  },
  indexes: [{ fields: ['donorId'] }, { fields: ['orgId', 'number'] }],
});
