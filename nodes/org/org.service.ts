import { orgActions } from '../../contracts/org/org.actions.ts';
import { orgRecord } from '../../contracts/org/org.record.ts';
import { defineService, handle, readHandlers } from '../kit/service.ts';
import { seedOrgs } from './org.seed.ts';
import { orgsInForce } from './snapshot.ts';

/** Organisations of the group: one tree that all of them read. */
export const orgService = defineService('org', (kit) => ({
  handlers: [
    ...readHandlers(orgRecord, orgActions),
    handle(orgActions.snapshot, async () => ({ orgs: await orgsInForce(kit) })),
  ],
  seed: seedOrgs,
}));
