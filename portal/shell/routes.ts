/** Where in the portal one is: the word of the page, the record shown, the query of the address. */
export interface Place {
  readonly page: PageName;
  readonly id: string;
  readonly search: string;
}

export const pageNames = [
  'orders',
  'donors',
  'messages',
  'board',
  'channels',
  'studio',
  'codes',
  'alerts',
  'partners',
  'audit',
  'users',
  'account',
] as const;
export type PageName = (typeof pageNames)[number];

/** The place of an address; whatever is unknown is the list of orders. */
export function placeOf(path: string, search: string): Place {
  const [, first = '', second = ''] = path.split('/');
  const page = pageNames.find((name) => name === first) ?? 'orders';
  let id = '';
  try {
    id = page === first ? decodeURIComponent(second) : '';
  } catch {
    // A broken escape in a typed address names no record.
  }
  return { page, id, search: search.replace(/^\?/, '') };
}

export function addressOf(place: { page: PageName; id?: string; search?: string }): string {
  const path = `/${place.page}${place.id ? `/${encodeURIComponent(place.id)}` : ''}`;
  return place.search ? `${path}?${place.search}` : path;
}

const pageOfKind: Record<string, PageName> = {
  order: 'orders',
  donor: 'donors',
  message: 'messages',
  channel: 'channels',
  codes: 'codes',
  alert: 'alerts',
  partner: 'partners',
  definition: 'studio',
  audit: 'audit',
  user: 'users',
};

/** The page that shows a record of a kind, as events `cytomesh-open` name it. */
export const pageFor = (kind: string): PageName | undefined => pageOfKind[kind];
