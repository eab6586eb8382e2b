import type { ServerEvent } from './event-parser.ts';

/** What the platform says has happened; `missed` where the server could not say what and all must be loaded anew. */
export interface LiveEvent {
  readonly topic: string;
  readonly name: string;
  readonly id: string;
  /** The record it happened to. */
  readonly recordId: string;
  readonly orgId: string;
}

/**
 * Reads an event of the stream. `change` is something committed, `live` something passing; `many` stands for more than could
 * be told one by one, `reset` for a gap; `end` is the server's last word to an ended session. Others tell nothing.
 */
export function liveEvents({ event, data }: ServerEvent, topics: readonly string[]): LiveEvent[] | 'end' {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(data) as Record<string, unknown>;
  } catch {
    return [];
  }
  if (typeof body !== 'object' || body === null) return [];
  const missed = (list: readonly string[]) =>
    list.map((topic) => ({ topic, name: 'missed', id: '', recordId: '', orgId: '' }));
  switch (event) {
    case 'end':
      return body.reason === 'session' ? 'end' : [];
    case 'reset':
      return missed(topics);
    case 'many':
      return missed(Array.isArray(body.topics) ? body.topics.map(String) : topics);
    case 'change':
    case 'live':
    case 'message':
      return typeof body.topic === 'string' ? [read(body, body.topic)] : [];
    default:
      return [];
  }
}

/** The payload names its record as `<topic>Id`; where it does not, the key of the event is the record. */
function read(body: Record<string, unknown>, topic: string): LiveEvent {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const payload = (body.payload ?? body.data ?? {}) as Record<string, unknown>;
  return {
    topic,
    name: text(body.name),
    id: text(body.id),
    recordId: text(body.recordId) || text(payload[`${topic}Id`]) || text(body.key),
    orgId: text(body.orgId),
  };
}
