import { type Static, Type } from 'typebox';
import { defineAction, readActions } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { orgRecord } from './org.record.ts';

export const orgEntry = Type.Object({
  id: Type.String(),
  code: Type.String(),
  name: Type.String(),
  nameEn: Type.String(),
  kind: orgRecord.fields.kind.schema,
  parentId: Type.Union([Type.String(), Type.Null()]),
});
export type OrgEntry = Static<typeof orgEntry>;

export const orgActions = {
  ...readActions(orgRecord, 'org.read'),
  /** The whole tree of what is in force, for words that show or check organisations. */
  snapshot: defineAction({
    name: 'org.snapshot',
    title: t('机构快照', 'All organisations in force'),
    permission: 'mesh',
    params: Type.Object({}),
    result: Type.Object({ orgs: Type.Array(orgEntry) }),
    repeat: 'read',
  }),
};
