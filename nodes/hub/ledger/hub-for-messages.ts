import type { Kit } from '../../kit/kit.ts';
import type { Book } from '../book.ts';
import type { Deliveries } from '../deliver/deliveries.ts';
import type { Journal } from './journal.ts';

/** What the ledger needs of a node's hub. */
export interface HubForMessages {
  readonly kit: Kit;
  readonly journal: Journal;
  readonly deliveries: Pick<Deliveries, 'make' | 'insert' | 'wake'>;
  /** What is in force now. */
  readonly book: Book;
  readonly replays: { wake(): void };
  /** On every node: the lane's bar is lifted and waiting messages are looked for. */
  released(orgId: string, lane: string): void;
  /** On every node: waiting messages are looked for. */
  rescan(): void;
  /** On every node: the target's pause ends. */
  hurry(orgId: string, target: string): void;
}
