import { channelSecretActions } from '../../../contracts/channel/channel-secret.actions.ts';
import { channelSecretRecord } from '../../../contracts/channel/channel-secret.record.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import type { Kit } from '../../kit/kit.ts';
import { type Handler, handle } from '../../kit/service.ts';
import type { Work } from '../../kit/work.ts';

/** Values for `$secret:<code>` by organisation. */
export type Secrets = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Name of a secret among the settings of an installation. */
export const settingOf = (code: string): string => `secret:${code}`;

export async function loadSecrets(kit: Kit): Promise<Secrets> {
  const rows = await kit.find(channelSecretRecord, 'system', { voidedAt: null });
  const secrets = new Map<string, Record<string, string>>();
  for (const { orgId, code, value } of rows) {
    const own = secrets.get(orgId) ?? {};
    own[settingOf(code)] = value;
    secrets.set(orgId, own);
  }
  return secrets;
}

/** Writes a secret in the work's organisation. The trail keeps that it was written, by whom and when, and no value. */
export async function keepSecret(
  work: Work,
  code: string,
  value: string,
): Promise<Row<typeof channelSecretRecord>> {
  const [known] = await work.load(channelSecretRecord, { code });
  const kept = known
    ? work.update(channelSecretRecord, known, { value, voidedAt: null })
    : work.insert(channelSecretRecord, { code, value });
  work.audit(channelSecretRecord, kept, 'set', null, null, code);
  return kept;
}

const nameOf = ({ value: _value, ...name }: Row<typeof channelSecretRecord>) => name;

export const secretHandlers: Handler[] = [
  handle(channelSecretActions.list, async (_, { kit, meta }) => ({
    items: (
      await kit.find(
        channelSecretRecord,
        meta.caller,
        { voidedAt: null },
        { orderBy: 'code', personal: 'masked' },
      )
    ).map(nameOf),
  })),
  handle(channelSecretActions.set, async ({ code, value }, call) => {
    const name = await call.write(async (work) => nameOf(await keepSecret(work, code, value)));
    call.kit.broadcast('hub.changed', {});
    return name;
  }),
];
