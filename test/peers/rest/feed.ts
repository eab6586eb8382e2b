import { answer, type Behaviour, type Taken } from './server.ts';

export interface FeedItem {
  readonly id: number | string;
  readonly at: string;
  readonly text?: string;
}

/** A list that grows, given out in pages the ways partners do. */
export class Feed {
  readonly items: FeedItem[] = [];
  pageSize = 3;

  /** `{"data":{"list":[…],"next":"3"}}`; the next page's token is missing on the last page. */
  byToken = ({ url }: Taken): Behaviour => {
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const list = this.items.slice(from, from + this.pageSize);
    const next = from + this.pageSize < this.items.length ? { next: String(from + this.pageSize) } : {};
    return answer(200, JSON.stringify({ data: { list, ...next } }), { 'content-type': 'application/json' });
  };

  /** All from that time on, the time included, as most systems do. */
  bySince = ({ url }: Taken): Behaviour => {
    const since = url.searchParams.get('since') ?? '';
    const list = this.items.filter(({ at }) => at >= since).slice(0, this.pageSize);
    return answer(200, JSON.stringify(list), { 'content-type': 'application/json' });
  };

  /** All after that id. Ids are beyond what a double can hold. */
  byId = ({ url }: Taken): Behaviour => {
    const after = BigInt(url.searchParams.get('after') ?? 0);
    const list = this.items.filter(({ id }) => BigInt(id) > after).slice(0, this.pageSize);
    const rows = list.map(({ id, at }) => `{ "id": ${id}, "at":"${at}" }`);
    return answer(200, `{"rows" : [ ${rows.join(' , ')} ]}`, { 'content-type': 'application/json' });
  };

  /** Pages with a Link header. */
  byLink = ({ url }: Taken): Behaviour => {
    const page = Number(url.searchParams.get('page') ?? 1);
    const list = this.items.slice((page - 1) * this.pageSize, page * this.pageSize);
    const more = page * this.pageSize < this.items.length;
    const link = `<${url.pathname}?page=1>; rel="first"${more ? `, <${url.pathname}?page=${page + 1}>; rel="next"` : ''}`;
    return answer(200, JSON.stringify(list), { link });
  };
}
