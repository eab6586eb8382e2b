import { JsonPartner } from '../rest/partner.ts';

interface TicketRequest {
  readonly kind: string;
  readonly id: string;
  readonly action: 'issue' | 'cancel';
  readonly order: { readonly number: string; readonly placer?: string };
  readonly patient: { readonly id?: string; readonly name?: string };
  readonly priority: string;
}

export interface Ticket {
  readonly number: string;
  readonly order: string;
  readonly request: TicketRequest;
  state: 'waiting' | 'cancelled';
}

/** A queue-calling system: gives tickets, takes them back, tells what becomes of them. */
export class QueueSystem {
  readonly tickets: Ticket[] = [];
  partner!: JsonPartner;
  private readonly given = new Map<string, object>();
  private serial = 0;

  static async listen(key: string): Promise<QueueSystem> {
    const queue = new QueueSystem();
    queue.partner = await JsonPartner.listen(key, (request, id) => ({ body: queue.take(request, id) }));
    return queue;
  }

  get url(): string {
    return `${this.partner.url}/tickets`;
  }

  /** Tells the platform a state of a ticket. */
  tell(url: string, ticket: string, status: string, more: object = {}) {
    const { order } = this.tickets.find(({ number }) => number === ticket)!;
    return this.partner.post(url, {
      kind: 'status',
      id: `q-${++this.serial}`,
      system: 'QMS',
      order: { number: order },
      ticket,
      status,
      at: new Date().toISOString(),
      ...more,
    });
  }

  close(): Promise<void> {
    return this.partner.close();
  }

  /** The same request again gets the ticket it got before. */
  private take(request: TicketRequest, id: string): object {
    const known = this.given.get(id);
    if (known) return known;
    const answer = request.action === 'issue' ? this.issue(request) : this.cancel(request);
    this.given.set(id, answer);
    return answer;
  }

  private issue(request: TicketRequest): object {
    const number = `A${String(this.tickets.length + 1).padStart(3, '0')}`;
    this.tickets.push({ number, order: request.order.number, request, state: 'waiting' });
    return this.told(request, number, 'waiting');
  }

  private cancel(request: TicketRequest): object {
    const ticket = this.tickets.find(({ order }) => order === request.order.number);
    if (!ticket) return { code: '4', message: 'no ticket of that order' };
    ticket.state = 'cancelled';
    return this.told(request, ticket.number, 'cancelled');
  }

  private told({ order }: TicketRequest, ticket: string, status: string): object {
    return { code: '0', kind: 'ticket', id: `${ticket}-${status}`, system: 'QMS', order, ticket, status };
  }
}

const escape_: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The other kind in the field: `invoke(service, parameters)` over SOAP, with XML in a text. Gives status and body. */
export async function invoke(url: string, service: string, parameters: string) {
  const text = parameters.replace(/[&<>]/g, (c) => escape_[c]!);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '"http://queue.example/invoke"' },
    body: `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><q:invoke xmlns:q="http://queue.example/"><service>${service}</service><parameters>${text}</parameters></q:invoke></soapenv:Body></soapenv:Envelope>`,
  });
  return { status: response.status, text: await response.text() };
}
