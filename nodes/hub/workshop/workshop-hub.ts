import type { Adapter } from '../../../contracts/adapter/port.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Book } from '../book.ts';
import type { InForce } from '../supervise/definitions.ts';
import type { Shipped } from '../supervise/profile.ts';

/** What the workshop (drafts, samples, trials, publications) needs of a node's hub. */
export interface WorkshopHub {
  readonly kit: Kit;
  readonly book: Book;
  readonly inForce: InForce;
  readonly shipped: Shipped;
  readonly options: { readonly adapters: ReadonlyMap<string, Adapter> };
  readonly shadows: { wake(): void };
  /** Values for `$name` in the settings of endpoints. */
  settingsOf(orgId: string): Readonly<Record<string, unknown>>;
  problemOf(channelId: string): string | undefined;
  /** Definitions changed: resolves once this node works by them. */
  reload(): Promise<void>;
}
