import { type OrgEntry, orgActions } from '../../contracts/org/org.actions.ts';
import { type RoleEntry, roleActions } from '../../contracts/role/role.actions.ts';
import { groupOrg, systemCaller } from '../kit/caller.ts';
import type { Kit } from '../kit/kit.ts';

export interface Tree {
  readonly orgs: ReadonlyMap<string, OrgEntry>;
  readonly roles: ReadonlyMap<string, RoleEntry>;
}

/** Organisations and roles as their words tell them now; those who ask at the same time share one answer. */
export class Directory {
  private readonly kit: Kit;
  private asking: Promise<Tree> | undefined;

  constructor(kit: Kit) {
    this.kit = kit;
  }

  read(): Promise<Tree> {
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async ask(): Promise<Tree> {
    const meta = { caller: systemCaller('user', groupOrg), requestId: this.kit.id() };
    const [{ orgs }, { roles }] = await Promise.all([
      this.kit.call(orgActions.snapshot, {}, meta),
      this.kit.call(roleActions.snapshot, {}, meta),
    ]);
    return { orgs: new Map(orgs.map((o) => [o.id, o])), roles: new Map(roles.map((r) => [r.id, r])) };
  }
}
