import { html, nothing, type ReactiveController, type ReactiveControllerHost } from 'lit';
import { channelAlertList } from '../api/client.generated.ts';
import type { Connection } from '../state/connection.ts';
import { msg } from '../state/language.ts';
import { may } from '../state/permission.ts';

/** How many alerts are open in the organisation of the session: counted at the start and whenever one opens or resolves. */
export class OpenAlerts implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #conn: Connection;
  #count = 0;
  #ends: (() => void)[] = [];

  constructor(host: ReactiveControllerHost, conn: Connection) {
    this.#host = host;
    this.#conn = conn;
    host.addController(this);
  }

  hostConnected(): void {
    this.#ends = [
      this.#conn.session.watch(() => void this.#ask()),
      this.#conn.live.listen((event) => {
        if (event.topic === 'channel' && /alert|missed/i.test(event.name)) void this.#ask();
      }),
    ];
    void this.#ask();
  }

  hostDisconnected(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  badge() {
    if (this.#count === 0) return nothing;
    return html`<span class="count" aria-label=${msg(`${this.#count} 项未恢复`, `${this.#count} open`)}>${this.#count > 99 ? '99+' : this.#count}</span>`;
  }

  async #ask(): Promise<void> {
    const session = this.#conn.session.value;
    if (!session || !may(session.permissions, 'channel.read')) return;
    const found = await channelAlertList(this.#conn.http, { filter: { state: 'OPEN' }, pageSize: 1 }).catch(
      () => undefined,
    );
    if (found === undefined || found.total === this.#count) return;
    this.#count = found.total;
    this.#host.requestUpdate();
  }
}
