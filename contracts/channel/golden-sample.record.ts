import { Type } from 'typebox';
import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/** Words: **golden sample** 样例 a message with the result it must have; a text that gives another result is not published. */
export const goldenSampleRecord = defineRecord({
  name: 'goldenSample',
  plural: 'golden-samples',
  title: t('样例', 'Golden sample'),
  fields: {
    definition: field.string(60, { title: t('映射或通道', 'Mapping or channel'), filter: true }),
    name: field.string(80, { title: t('名称', 'Name'), search: true }),
    note: field.string(500, { title: t('说明', 'Note') }),
    /** Endpoint whose settings the bytes are read with; empty: that of the channel which uses the definition. */
    endpoint: field.string(60, { title: t('端点', 'Endpoint') }),
    origin: field.choice(['message', 'capture', 'upload', 'import'], {
      title: t('来源', 'Where it is from'),
    }),
    originId: field.string(100, { title: t('来源编号', 'Message or connection it is from') }),
    /** Names, numbers and phones were replaced. */
    pseudonymised: field.bool({ title: t('已去标识', 'Pseudonymised') }),
    /** Charset its message was read in; empty: it is read as it would come over the wire. */
    charset: field.string(20, { title: t('字符集', 'Charset') }),
    size: field.int({ title: t('字节数', 'Bytes') }),
    meta: field.json(Type.Record(Type.String(), Type.String()), { title: t('协议信息', 'Beside the bytes') }),
    /** Base64: JSON answers carry it as it is. */
    bytes: field.text({ title: t('内容', 'Bytes, base64') }),
    /** What a trial gave when somebody accepted it, as JSON; null: nothing is expected yet. */
    expected: field.orNull(field.text({ title: t('期望', 'Expected result') })),
  },
  indexes: [{ fields: ['orgId', 'definition', 'name'], unique: true }],
});
