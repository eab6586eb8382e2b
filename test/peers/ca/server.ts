import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Authority, Authority as AuthorityOf, type Issued } from './authority.ts';

/**
 * - `slow`            takes the request and does not answer
 * - `wrong-signature` signs something else
 * - `expired`         signs with a certificate that has ended
 * - `foreign`         signs with a certificate of a CA nobody configured
 * - `revoked`         says so when asked to verify
 * - `other-document`  names another document than it was asked for
 */
export type CaFault =
  | 'slow'
  | 'busy'
  | '500'
  | 'garbage'
  | 'hang-up'
  | 'refuses'
  | 'wrong-signature'
  | 'expired'
  | 'foreign'
  | 'revoked'
  | 'other-document';

export interface CaRequest {
  readonly operation: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Pending {
  readonly fields: Readonly<Record<string, string>>;
}

export interface CaOptions {
  readonly kind: 'SM2' | 'RSA';
  /** Shared secret; requests whose HMAC does not hold are refused. */
  readonly secret: string;
}

type Answer = Readonly<Record<string, unknown>>;

/**
 * A CA's signing service: really signs digests with certificates of its own CA. REST under `/api`, SOAP under `/ws`. In `async`
 * mode a person confirms on a phone: `confirm` signs and calls back.
 */
export class CaServer {
  readonly ca: Authority;
  readonly requests: CaRequest[] = [];
  mode: 'sync' | 'async' = 'sync';
  fault: CaFault | undefined;
  /** Answers to callbacks, status and body. */
  readonly answers: { readonly status: number; readonly text: string }[] = [];
  private readonly server: Server;
  private readonly options: CaOptions;
  private readonly people = new Map<string, Issued>();
  private readonly pending = new Map<string, Pending>();

  private constructor(options: CaOptions) {
    this.options = options;
    this.ca = new AuthorityOf(options.kind);
    this.server = createServer((req, res) => void this.handle(req, res));
  }

  static async listen(options: CaOptions): Promise<CaServer> {
    const made = new CaServer(options);
    await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get waiting(): string[] {
    return [...this.pending.keys()];
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  person(name: string): Issued {
    const known = this.people.get(name) ?? this.ca.issue(name);
    this.people.set(name, known);
    return known;
  }

  /** The person agrees, or does not, on the phone: the result goes to the address the request named. */
  async confirm(transaction: string, how: 'agree' | 'refuse' = 'agree'): Promise<number> {
    const { fields } = this.pending.get(transaction)!;
    this.pending.delete(transaction);
    const result =
      how === 'agree'
        ? { status: '0', ...this.signed(fields) }
        : { status: '30', message: 'the signer declined' };
    return this.callBack(fields.callbackUrl!, {
      transactionId: transaction,
      bizNo: fields.bizNo,
      ...result,
    });
  }

  /** Posts a callback with the proof of this CA; tests forge with it as well. */
  async callBack(url: string, result: object, own: Record<string, string> = {}): Promise<number> {
    const body = JSON.stringify(result);
    const timestamp = String(Date.now());
    const nonce = randomUUID();
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-timestamp': timestamp,
        'x-nonce': nonce,
        'x-signature': this.hmac(`${timestamp}\n${nonce}\n${body}`),
        ...own,
      },
      body,
    });
    this.answers.push({ status: response.status, text: await response.text() });
    return response.status;
  }

  hmac(text: string | Uint8Array): string {
    return createHmac('sha256', this.options.secret).update(text).digest('hex');
  }

  /** A signature over a digest in the name of the person asked for, as the fault would have it. */
  signed(fields: Readonly<Record<string, string>>): Record<string, string> {
    const { userName = '', hash = '' } = fields;
    const bytes = Buffer.from(hash, 'hex');
    const by =
      this.fault === 'expired'
        ? this.ca.issue(userName, { until: Date.now() - 86_400_000 })
        : this.fault === 'foreign'
          ? new AuthorityOf(this.options.kind).issue(userName)
          : this.person(userName);
    const message = this.fault === 'wrong-signature' ? Buffer.from('something else') : bytes;
    return {
      signature: by.key.sign(message).toString('base64'),
      cert: by.der.toString('base64'),
    };
  }

  private async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const soap = req.url?.startsWith('/ws') === true;
    const { operation, fields } = soap
      ? readSoap(body)
      : { operation: req.url!.slice(5), fields: flat(body) };
    this.requests.push({ operation, fields, headers: req.headers, body });
    if (this.fault === 'slow') return;
    if (this.fault === 'hang-up') return void req.socket.destroy();
    const status = this.fault === '500' ? 500 : 200;
    const type = { 'content-type': soap ? 'text/xml; charset=utf-8' : 'application/json; charset=utf-8' };
    if (this.fault === 'garbage') return void res.writeHead(200, type).end('<html>no service</html');
    const { 'x-timestamp': time, 'x-nonce': nonce, 'x-signature': signature } = req.headers;
    const proven = soap || signature === this.hmac(`${time as string}\n${nonce as string}\n${body}`);
    const answer = proven ? this.answer(operation, fields) : { code: '401', message: 'wrong signature' };
    res.writeHead(status, type).end(soap ? writeSoap(operation, answer) : JSON.stringify(answer));
  }

  private answer(operation: string, fields: Readonly<Record<string, string>>): Answer {
    if (this.fault === 'busy') return { code: '503', message: 'try later' };
    if (this.fault === 'refuses') return { code: '1001', message: 'no such user' };
    if (operation === 'timestamp') {
      const token = this.ca.token(Buffer.from(fields.hash ?? '', 'hex')).toString('base64');
      return { code: '0', data: { tsToken: token } };
    }
    if (operation === 'verify')
      return this.fault === 'revoked'
        ? { code: '2001', message: 'certificate revoked' }
        : { code: '0', data: { valid: true } };
    const transactionId = randomUUID();
    if (this.mode === 'async') {
      this.pending.set(transactionId, { fields });
      return { code: '10', message: 'waiting for the signer', data: { transactionId } };
    }
    const bizNo = this.fault === 'other-document' ? 'D-other' : fields.bizNo;
    return { code: '0', message: '', data: { transactionId, bizNo, ...this.signed(fields) } };
  }
}

const flat = (body: string): Record<string, string> => {
  try {
    return JSON.parse(body) as Record<string, string>;
  } catch {
    return {};
  }
};

const unescaped = (text: string): string =>
  text.replace(
    /&(lt|gt|quot|amp);/g,
    (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name]!,
  );

function readSoap(body: string): { operation: string; fields: Record<string, string> } {
  const inside = /<s:Body>(.*)<\/s:Body>/s.exec(body)?.[1] ?? '';
  const operation = /^<m:(\w+)Hash/.exec(inside)?.[1] ?? '';
  const fields = [...inside.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name, value]) => [
    name!,
    unescaped(value!),
  ]);
  return { operation, fields: Object.fromEntries(fields) as Record<string, string> };
}

/** As many of these services do: the result is XML in a text. */
function writeSoap(operation: string, answer: Answer): string {
  const { data, ...rest } = answer;
  const fields = { ...rest, ...(data as object | undefined) };
  const xml = Object.entries(fields).map(([name, value]) => `<${name}>${String(value)}</${name}>`);
  const result = `<result>${xml.join('')}</result>`;
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><ns2:${operation}HashResponse xmlns:ns2="http://ca.example/"><return><![CDATA[${result}]]></return></ns2:${operation}HashResponse></soapenv:Body></soapenv:Envelope>`;
}
