import type { HubForMessages } from './hub-for-messages.ts';

/** What is told once a change is committed: lanes set free, deliveries that may leave, pages that show the message. */
export class Afterwards {
  private lanes = new Map<string, readonly [orgId: string, lane: string]>();
  private targets = new Map<string, readonly [orgId: string, target: string]>();
  private messages = new Map<string, { orgId: string; state: string }>();
  private waiting = false;
  private sending = false;

  /** A transaction that is run again begins with nothing to tell. */
  clear(): void {
    this.lanes.clear();
    this.targets.clear();
    this.messages.clear();
    this.waiting = false;
    this.sending = false;
  }

  /** Messages that changed. */
  get count(): number {
    return this.messages.size;
  }

  free(orgId: string, lane: string): void {
    this.lanes.set(`${orgId}|${lane}`, [orgId, lane]);
  }

  rescan(): void {
    this.waiting = true;
  }

  send(): void {
    this.sending = true;
  }

  hurry(orgId: string, target: string): void {
    this.targets.set(`${orgId}|${target}`, [orgId, target]);
  }

  changed({ id, orgId, state }: { id: string; orgId: string; state: string }): void {
    this.messages.set(id, { orgId, state });
  }

  tell(hub: HubForMessages): void {
    for (const [orgId, lane] of this.lanes.values()) hub.released(orgId, lane);
    if (this.waiting) hub.rescan();
    for (const [orgId, target] of this.targets.values()) hub.hurry(orgId, target);
    if (this.sending) hub.deliveries.wake();
    for (const [key, { orgId, state }] of this.messages)
      hub.kit.broadcast('live', { topic: 'message', orgId, name: 'state', key, data: { state } });
  }
}
