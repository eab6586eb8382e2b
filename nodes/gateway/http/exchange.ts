import type { Request, Response } from 'express';
import type { Language } from './language.ts';

/** What is known of a request before anything is done with it. */
export interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly requestId: string;
  readonly language: Language;
  /** Address of the client as far as proxies are trusted; 45 characters at most. */
  readonly address: string;
  /** The connection to the client is encrypted, by us or by a proxy that says so. */
  readonly secure: boolean;
  /** Path without the query. */
  readonly path: string;
  /** Query without `?`. */
  readonly query: string;
  /** Template for metrics and logs; never the path itself, which holds ids. */
  label: string;
  /** Who, once known; for the log. */
  userId: string;
}

const exchanges = new WeakMap<object, Exchange>();

export const remember = (exchange: Exchange): void => {
  exchanges.set(exchange.req, exchange);
};

export const exchangeOf = (req: object): Exchange => exchanges.get(req)!;

/** `::ffff:10.0.0.7` is 10.0.0.7. */
export const plainAddress = (address: string | undefined): string =>
  (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').slice(0, 45);
