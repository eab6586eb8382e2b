import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Person } from '../fault/api.ts';
import { eventually } from '../fault/ward.ts';
import type { RunningPlatform } from '../platform.ts';

const mappings = join(import.meta.dirname, '../../mappings');

export interface Fact {
  readonly id: string;
  readonly kind: string;
  readonly number: string;
  readonly title: string;
  readonly status: string;
}

export interface FoundOrder {
  readonly id: string;
  readonly number: string;
  readonly state: string;
  readonly version: number;
  readonly placerNumber: string;
}

/** Connects partners by the texts of a profile, through the API, and looks at what came of it. */
export class Engineer extends Person {
  static async at(platform: RunningPlatform, username = 'engineer'): Promise<Engineer> {
    const engineer = new Engineer(`http://127.0.0.1:${platform.httpPort}`, username);
    await engineer.signIn();
    return engineer;
  }

  /** Makes the channel or endpoint of a file below `mappings`, `$name` filled in where given. */
  connect(
    file: string,
    values: Readonly<Record<string, string>> = {},
    edit: (text: string) => string = (text) => text,
  ): Promise<unknown> {
    const text = Object.entries(values).reduce(
      (all, [name, value]) => all.replaceAll(`$${name}`, JSON.stringify(value)),
      readFileSync(join(mappings, file), 'utf8'),
    );
    return this.post('/channels', { text: edit(text) });
  }

  /** The order of that placer number, once it has come. */
  async order(placer: string, enough: (order: FoundOrder) => boolean = () => true): Promise<FoundOrder> {
    const { items } = await eventually(
      () => this.get<{ items: FoundOrder[] }>(`/orders?q=${encodeURIComponent(placer)}`),
      (found) => found.items.length === 1 && enough(found.items[0]!),
      20_000,
    );
    return items[0]!;
  }

  /** What partners told of the order, newest first, once there is enough. */
  async facts(placer: string, enough: (facts: readonly Fact[]) => boolean): Promise<readonly Fact[]> {
    const { id } = await this.order(placer);
    const { items } = await eventually(
      () => this.get<{ items: Fact[] }>(`/orders/${id}/facts`),
      (found) => enough(found.items),
      20_000,
    );
    return items;
  }
}
