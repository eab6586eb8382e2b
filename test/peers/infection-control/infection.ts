import { JsonPartner } from '../rest/partner.ts';

export interface Pushed {
  readonly kind: 'result' | 'report' | 'alarm';
  readonly [name: string]: unknown;
}

/** An infection-control system: takes results, reports and alarms, asks for orders and facts. */
export class InfectionControl {
  readonly pushed: Pushed[] = [];
  partner!: JsonPartner;

  static async listen(key: string): Promise<InfectionControl> {
    const system = new InfectionControl();
    system.partner = await JsonPartner.listen(key, (what) => {
      system.pushed.push(what);
      return { body: { code: '0' } };
    });
    return system;
  }

  get url(): string {
    return this.partner.url;
  }

  of(kind: Pushed['kind']): Pushed[] {
    return this.pushed.filter((one) => one.kind === kind);
  }

  async ask(url: string, query: object) {
    const { status, text } = await this.partner.post(url, query);
    return { status, found: JSON.parse(text) as Record<string, unknown> };
  }

  close(): Promise<void> {
    return this.partner.close();
  }
}
