/** One event of a server-sent stream. */
export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/**
 * Parser of `text/event-stream` (HTML standard, section 9.2). Feed decoded text as it comes, in any pieces; complete events
 * are handed over in order. A comment (heartbeat) hands over nothing.
 */
export class EventParser {
  /** Last id seen; stays over events without one. */
  lastId = '';
  /** Reconnection time the server asked for, in ms. */
  retry: number | undefined;
  #rest = '';
  #data: string[] = [];
  #event = '';
  readonly #emit: (event: ServerEvent) => void;

  constructor(emit: (event: ServerEvent) => void) {
    this.#emit = emit;
  }

  feed(text: string): void {
    const all = this.#rest + text;
    // A CR at the very end may be half of CR LF: it waits for the next piece.
    const end = all.endsWith('\r') ? all.length - 1 : all.length;
    const lines = all.slice(0, end).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + all.slice(end);
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') this.#dispatch();
    else if (!line.startsWith(':')) this.#field(line);
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.lastId = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
  }

  #dispatch(): void {
    const data = this.#data;
    const event = this.#event;
    this.#data = [];
    this.#event = '';
    if (data.length === 0) return;
    this.#emit({ id: this.lastId, event: event === '' ? 'message' : event, data: data.join('\n') });
  }
}
