import { alertOpened, alertResolved } from '../../../contracts/channel/channel-alert.events.ts';
import { channelAlertRecord } from '../../../contracts/channel/channel-alert.record.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import { systemCaller } from '../../kit/caller.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Condition } from './conditions.ts';

type Alert = Row<typeof channelAlertRecord>;
const keyOf = ({ kind, subject }: Pick<Condition, 'kind' | 'subject'>): string => `${kind}|${subject}`;
const toldOf = ({ id, kind, subject, severity }: Alert) => ({ alertId: id, kind, subject, severity });

/** An open alert changes its figures at most this often, so that a long one does not write all day. */
const refreshMs = 10 * 60_000;

/** Brings the alerts of an organisation in line with what is so now: each is opened once and resolved once. */
export async function settleAlerts(kit: Kit, orgId: string, conditions: readonly Condition[]): Promise<void> {
  const open = await kit.find(channelAlertRecord, { orgId }, { state: 'OPEN' });
  const known = new Map(open.map((a) => [a.openKey, a]));
  const now = new Map(conditions.map((c) => [keyOf(c), c]));
  const fresh = conditions.filter((c) => !known.has(keyOf(c)));
  const gone = open.filter((a) => !now.has(a.openKey));
  const changed = open.filter((a) => {
    const c = now.get(a.openKey);
    return c && (c.severity !== a.severity || kit.clock() - Date.parse(a.updatedAt) > refreshMs);
  });
  if (fresh.length + gone.length + changed.length === 0) return;
  await kit.work({ caller: systemCaller('hub', orgId), requestId: kit.id() }, async (work) => {
    for (const c of fresh) {
      const made = work.insert(channelAlertRecord, {
        kind: c.kind,
        subject: c.subject,
        severity: c.severity,
        state: 'OPEN',
        openedAt: work.now,
        resolvedAt: null,
        acknowledgedAt: null,
        acknowledgedBy: '',
        comment: '',
        data: { ...c.data },
        openKey: keyOf(c),
      });
      work.event(alertOpened, orgId, made.id, toldOf(made));
    }
    for (const a of gone) {
      const ended = work.update(channelAlertRecord, a, {
        state: 'RESOLVED',
        resolvedAt: work.now,
        openKey: a.id,
      });
      work.event(alertResolved, orgId, ended.id, toldOf(ended));
    }
    for (const a of changed) {
      const c = now.get(a.openKey)!;
      work.update(channelAlertRecord, a, { severity: c.severity, data: { ...c.data } });
    }
  });
  for (const key of new Set([...fresh, ...gone].map(keyOf)))
    kit.broadcast('live', { topic: 'channel', orgId, name: 'alert', key, data: {} });
}
