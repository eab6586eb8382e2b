import { answer, RestPeer, type Taken } from './server.ts';

export interface JsonAnswer {
  readonly status?: number;
  readonly body: object;
}

/** A partner that speaks JSON both ways with one API key in the header `x-api-key`. */
export class JsonPartner {
  readonly peer: RestPeer;
  private readonly key: string;
  /** Answers 503 while true. */
  down = false;

  private constructor(peer: RestPeer, key: string) {
    this.peer = peer;
    this.key = key;
  }

  /** `take` gets each JSON body with its idempotency key. */
  static async listen(key: string, take: (body: never, id: string) => JsonAnswer): Promise<JsonPartner> {
    const partner = new JsonPartner(await RestPeer.listen(), key);
    partner.peer.behave((taken) => partner.answered(taken, take));
    return partner;
  }

  get url(): string {
    return this.peer.url;
  }

  private answered({ headers, body }: Taken, take: (body: never, id: string) => JsonAnswer) {
    const json = (status: number, what: object) =>
      answer(status, JSON.stringify(what), { 'content-type': 'application/json' });
    if (this.down) return json(503, { code: '9', message: 'down' });
    if (headers['x-api-key'] !== this.key) return json(401, { code: '1', message: 'no key' });
    const { status = 200, body: what } = take(
      JSON.parse(body.toString()) as never,
      String(headers['idempotency-key']),
    );
    return json(status, what);
  }

  /** Posts to the platform; `text` is sent as it is. */
  async post(url: string, what: object | string, headers: Record<string, string> = {}) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': this.key, ...headers },
      body: typeof what === 'string' ? what : JSON.stringify(what),
    });
    const text = await response.text();
    return { status: response.status, text };
  }

  close(): Promise<void> {
    return this.peer.close();
  }
}
