import { readActions } from '../kernel/action.ts';
import { orgRecord } from './org.record.ts';

export const orgActions = readActions(orgRecord, 'org.read');
