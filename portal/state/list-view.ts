/** What a list shows: search, filters, order, page. It is what stands in the address of a page. */
export interface ListView {
  readonly q: string;
  /** Business key, for messages. */
  readonly key: string;
  readonly filter: Readonly<Record<string, string>>;
  readonly sort: string;
  readonly page: number;
}

/** Reads the query of an address; what is missing comes from `defaults`. */
export function readView(search: string, defaults: Partial<ListView> = {}): ListView {
  const params = new URLSearchParams(search);
  const filter: Record<string, string> = {};
  for (const [name, value] of params) {
    const field = /^filter\[(\w+)\]$/.exec(name)?.[1];
    if (field !== undefined && value !== '') filter[field] = value;
  }
  const page = Number(params.get('page'));
  return {
    q: params.get('q') ?? '',
    key: params.get('key') ?? '',
    filter: Object.keys(filter).length > 0 ? filter : (defaults.filter ?? {}),
    sort: params.get('sort') ?? defaults.sort ?? '',
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** The shortest query that reads back as the view. */
export function writeView(view: ListView, defaults: Partial<ListView> = {}): string {
  const params = new URLSearchParams();
  if (view.q !== '') params.set('q', view.q);
  if (view.key !== '') params.set('key', view.key);
  for (const [field, value] of Object.entries(view.filter))
    if (value !== '') params.set(`filter[${field}]`, value);
  if (view.sort !== '' && view.sort !== defaults.sort) params.set('sort', view.sort);
  if (view.page > 1) params.set('page', String(view.page));
  return params.toString();
}

/** The view with changes; anything but a change of page begins at the first page. */
export function changeView(view: ListView, change: Partial<ListView>): ListView {
  return { ...view, page: 1, ...change };
}

/** The params of a list call. */
export function listCall(view: ListView, pageSize: number) {
  return {
    ...(view.q === '' ? {} : { q: view.q }),
    ...(Object.keys(view.filter).length === 0 ? {} : { filter: { ...view.filter } }),
    ...(view.sort === '' ? {} : { sort: view.sort }),
    page: view.page,
    pageSize,
  };
}
