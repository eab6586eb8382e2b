export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads a live stream in tests: `next()` waits for an event, `ended` resolves when the server closes. */
export class StreamReader {
  readonly status: number;
  readonly ended: Promise<void>;
  private readonly abort: AbortController;
  private readonly events: StreamEvent[] = [];
  private waiting: ((event: StreamEvent | undefined) => void)[] = [];
  private over = false;

  private constructor(response: Response, abort: AbortController) {
    this.status = response.status;
    this.abort = abort;
    this.ended = this.read(response).catch(() => undefined);
  }

  static async open(base: string, query = '', headers: Record<string, string> = {}): Promise<StreamReader> {
    const abort = new AbortController();
    const response = await fetch(`${base}/api/v1/stream${query}`, {
      headers: { Authorization: 'Bearer token-all', ...headers },
      signal: abort.signal,
    });
    return new StreamReader(response, abort);
  }

  /** The next event; undefined once the stream is over. */
  async next(): Promise<StreamEvent | undefined> {
    const event = this.events.shift();
    if (event || this.over) return event;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  close(): void {
    this.abort.abort();
  }

  private async read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of response.body!) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) this.take(block);
      }
    } finally {
      this.over = true;
      for (const waiter of this.waiting) waiter(undefined);
    }
  }

  private take(block: string): void {
    const line = (name: string): string | undefined =>
      block
        .split('\n')
        .find((l) => l.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const data = line('data');
    if (data === undefined) return;
    const event = { id: line('id'), event: line('event') ?? 'message', data: JSON.parse(data) };
    const waiter = this.waiting.shift();
    if (waiter) waiter(event);
    else this.events.push(event);
  }
}
