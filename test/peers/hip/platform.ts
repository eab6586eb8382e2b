import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { content, contentOf, enveloped, escaped, mediaTypes } from './envelope.ts';

export interface Received {
  readonly action: string;
  readonly message: string;
}

/** How the platform treats a message. */
export type Treatment =
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'fault'; readonly reason: string }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'silent' };

const idOf = (message: string): string => /<id\b[^>]*\bextension="([^"]*)"/.exec(message)?.[1] ?? '';

/** `MCCI_IN000002UV01` as platforms write it; they ask for acknowledgements of it, wrongly. */
export const acknowledgement = (
  message: string,
  code: 'AA' | 'AE' = 'AA',
  text = '处理成功',
  style: 'attribute' | 'child' = 'attribute',
): Treatment => ({
  kind: 'answer',
  text: `<MCCI_IN000002UV01 ITSVersion="XML_1.0" xmlns="urn:hl7-org:v3"><id root="2.16.156.10011.2.5.1.1" extension="P-${idOf(message)}"/><creationTime value="20260302120000"/><interactionId root="2.16.156.10011.2.5.1.2" extension="MCCI_IN000002UV01"/><processingCode code="P"/><processingModeCode/><acceptAckCode code="AL"/>${
    style === 'attribute'
      ? `<acknowledgement typeCode="${code}">`
      : `<acknowledgement><typeCode code="${code}"/>`
  }<targetMessage><id extension="${idOf(message)}"/></targetMessage><acknowledgementDetail><text value="${escaped(text)}"/></acknowledgementDetail></acknowledgement></MCCI_IN000002UV01>`,
});

/** The way of DHC: no HL7 at all. */
export const response = (code: '0' | '-1', text: string): Treatment => ({
  kind: 'answer',
  text: `<Response><Header><SourceSystem>HIP</SourceSystem></Header><Body><ResultCode>${code}</ResultCode><ResultContent>${escaped(text)}</ResultContent></Body></Response>`,
});

/** An integration platform of a hospital: takes messages over SOAP 1.1 and 1.2 and answers them. */
export class HipPlatform {
  readonly received: Received[] = [];
  treat: (received: Received) => Treatment = ({ message }) => acknowledgement(message);
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, answer) => {
      void bodyOf(request).then((body) => {
        const received = {
          action: contentOf(body, 'action') ?? '',
          message: contentOf(body, 'message') ?? '',
        };
        this.received.push(received);
        const version = body.includes('http://www.w3.org/2003/05/soap-envelope') ? '1.2' : '1.1';
        const treatment = this.treat(received);
        if (treatment.kind === 'silent') return;
        if (treatment.kind === 'status') return answer.writeHead(treatment.status).end();
        const fault = treatment.kind === 'fault';
        answer.writeHead(fault ? 500 : 200, { 'content-type': mediaTypes[version] });
        const inside = fault ? faultOf(treatment.reason, version) : resultOf(treatment.text);
        answer.end(enveloped(inside, version));
      });
    });
  }

  static async listen(port = 0): Promise<HipPlatform> {
    const platform = new HipPlatform();
    await new Promise<void>((resolve) => platform.server.listen(port, '127.0.0.1', resolve));
    return platform;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/services/HIPMessageServer`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

const resultOf = (text: string): string =>
  `<HIPMessageServerResponse xmlns="urn:hl7-org:v3"><HIPMessageServerResult>${content(text, 'cdata')}</HIPMessageServerResult></HIPMessageServerResponse>`;

const faultOf = (reason: string, version: '1.1' | '1.2'): string =>
  version === '1.2'
    ? `<soap:Fault><soap:Code><soap:Value>soap:Sender</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang="zh">${escaped(reason)}</soap:Text></soap:Reason></soap:Fault>`
    : `<soap:Fault><faultcode>soap:Client</faultcode><faultstring>${escaped(reason)}</faultstring></soap:Fault>`;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
