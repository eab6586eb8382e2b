import { channelActions } from '../../../contracts/channel/channel.actions.ts';
import { systemCaller } from '../../kit/caller.ts';
import type { Kit } from '../../kit/kit.ts';
import { zoneMinutes } from '../../kit/local-time.ts';
import type { Book } from '../book.ts';
import type { ChannelRow } from '../supervise/definitions.ts';
import { filesOf } from '../supervise/links.ts';
import { settleAlerts } from './alerts.ts';
import { type Condition, certificateConditions, storedConditions } from './conditions.ts';

/** An endpoint that is down shorter than this tells nobody: restarts and short breaks are usual. */
const downMs = 120_000;

/** What the watch needs of a node's hub. */
interface Watched {
  readonly kit: Kit;
  readonly book: Book;
  readonly channelRows: readonly ChannelRow[];
  readonly settingsOf: (orgId: string) => Readonly<Record<string, unknown>>;
}

/** Looks at all interfaces every half minute, on one node of a cluster. */
export class Watch {
  private readonly hub: Watched;
  private readonly kit: Kit;
  private readonly downSince = new Map<string, number>();

  constructor(hub: Watched) {
    this.hub = hub;
    this.kit = hub.kit;
  }

  start(): void {
    this.kit.scheduler.every('channel-watch', 30_000, () => this.look());
  }

  /** One look. */
  async look(): Promise<void> {
    const { kit, hub } = this;
    const files = [...hub.book.endpoints.values()].flatMap((e) =>
      filesOf(e.def, hub.settingsOf(e.orgId)).map((path) => ({ orgId: e.orgId, subject: e.code, path })),
    );
    const conditions = [
      ...(await storedConditions(kit, hub.book, zoneMinutes)),
      ...(await this.down()),
      ...certificateConditions(files, kit.clock()),
    ];
    const orgs = new Set([...hub.channelRows.map((r) => r.orgId), ...conditions.map((c) => c.orgId)]);
    for (const orgId of orgs)
      await settleAlerts(
        kit,
        orgId,
        conditions.filter((c) => c.orgId === orgId),
      );
  }

  /** Endpoints that no node has up, for longer than a short break. */
  private async down(): Promise<Condition[]> {
    const { kit, hub } = this;
    const found: Condition[] = [];
    for (const orgId of new Set(hub.channelRows.map((r) => r.orgId))) {
      const meta = { caller: systemCaller('hub', orgId), requestId: kit.id() };
      const nodes = await kit.callAll(channelActions.local, {}, meta);
      const live = nodes.flatMap((n) => n.result.live);
      for (const row of hub.channelRows.filter(
        (r) => r.orgId === orgId && r.kind === 'endpoint' && r.enabled,
      )) {
        const mine = live.filter((l) => l.channelId === row.id);
        const failed = mine.length > 0 && mine.every((l) => l.status === 'failed');
        if (!failed) {
          this.downSince.delete(row.id);
          continue;
        }
        const since = this.downSince.get(row.id) ?? kit.clock();
        this.downSince.set(row.id, since);
        if (kit.clock() - since < downMs) continue;
        const reason = mine[0]!.statusText.slice(0, 200);
        found.push({
          orgId,
          kind: 'endpoint-down',
          subject: row.code,
          severity: 'critical',
          data: { reason },
        });
      }
    }
    return found;
  }
}
