import { type Static, Type } from 'typebox';
import { defineAction, readActions } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { roleRecord } from './role.record.ts';

export const roleEntry = Type.Object({
  id: Type.String(),
  code: Type.String(),
  permissions: Type.Array(Type.String()),
});
export type RoleEntry = Static<typeof roleEntry>;

export const roleActions = {
  ...readActions(roleRecord, 'role.read'),
  /** The rights of every role in force. */
  snapshot: defineAction({
    name: 'role.snapshot',
    title: t('角色快照', 'All roles in force'),
    permission: 'mesh',
    params: Type.Object({}),
    result: Type.Object({ roles: Type.Array(roleEntry) }),
    repeat: 'read',
  }),
};
