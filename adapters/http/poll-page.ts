import type { Answered } from './client.ts';
import type { PollSettings } from './descriptor.ts';
import { JsonPage } from './json-slices.ts';
import { itemDigest, later, MOST_TIES } from './poll-mark.ts';

export interface Page {
  readonly items: readonly Uint8Array[];
  readonly digests: readonly string[];
  /** The cursor after this page; undefined where there is none. */
  readonly next: string | undefined;
  /** Digests of the items that carry the value of the next cursor: the peer may give them again. */
  readonly ties: readonly string[];
  /** Whether another page may follow at once. */
  readonly more: boolean;
}

/** Address of the page at a cursor. */
export function nextPage({ url, cursor: settings }: PollSettings, cursor: string | undefined): URL {
  if (settings?.kind === 'link' && cursor !== undefined) return new URL(cursor, url);
  const address = new URL(url.replaceAll('{cursor}', () => encodeURIComponent(cursor ?? '')));
  if (settings?.param !== undefined && cursor !== undefined) address.searchParams.set(settings.param, cursor);
  return address;
}

/** What a response brought. */
export function pageOf(
  answer: Answered,
  settings: PollSettings,
  cursor: string | undefined,
): Page | { problem: string } {
  const { kind } = settings.cursor ?? {};
  const needsJson = settings.items !== undefined || kind === 'token';
  let page: JsonPage | undefined;
  if (answer.body.length > 0 && needsJson) {
    try {
      page = new JsonPage(answer.body);
    } catch {
      return { problem: 'the page is not JSON' };
    }
  }
  const items = itemsOf(answer, settings, page);
  if (items === undefined) return { problem: `the page has no list at ${settings.items || 'its root'}` };
  const digests = items.map(itemDigest);
  const plain = { items, digests, ties: [] };
  if (kind === 'token') {
    const next = page?.text(settings.cursor?.at ?? '');
    return { ...plain, next: next === '' ? undefined : next, more: true };
  }
  if (kind === 'link') {
    const next = linked(answer, nextPage(settings, cursor));
    return 'problem' in next ? next : { ...plain, next: next.url, more: true };
  }
  if (kind === 'item')
    return { ...byItem(items, digests, settings.cursor?.at ?? '', cursor), items, digests };
  return { ...plain, next: undefined, more: false };
}

function itemsOf(
  { body }: Answered,
  { items }: PollSettings,
  page: JsonPage | undefined,
): readonly Uint8Array[] | undefined {
  if (body.length === 0) return [];
  return items === undefined ? [body] : page?.items(items);
}

/** The latest value of the items, and which of them carry it. */
function byItem(
  items: readonly Uint8Array[],
  digests: readonly string[],
  at: string,
  cursor: string | undefined,
) {
  const values = items.map((item) => new JsonPage(item).text(at));
  let next = cursor;
  for (const value of values)
    if (value !== undefined && (next === undefined || later(value, next))) next = value;
  const ties = digests.filter((_, i) => values[i] === next).slice(-MOST_TIES);
  return { next, ties, more: items.length > 0 };
}

/** The next page by the Link header (RFC 8288); it must be of the same origin. */
function linked({ headers }: Answered, from: URL): { url: string | undefined } | { problem: string } {
  for (const [, target = '', params = ''] of (headers.link ?? '').matchAll(/<([^>]*)>([^,<]*)/g)) {
    if (!/;\s*rel\s*=\s*("([^"]*\s)?next(\s[^"]*)?"|next\b)/i.test(params)) continue;
    const url = URL.parse(target, from);
    if (url === null || url.origin !== from.origin) return { problem: 'the next page is of another host' };
    return { url: url.pathname + url.search };
  }
  return { url: undefined };
}
