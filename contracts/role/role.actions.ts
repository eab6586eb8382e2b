import { readActions } from '../kernel/action.ts';
import { roleRecord } from './role.record.ts';

export const roleActions = readActions(roleRecord, 'role.read');
