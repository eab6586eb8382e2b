import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SendOutcome } from '../../contracts/adapter/port.ts';
import { delivery, openCaller } from '../../test/peers/soap/caller.ts';
import { openService } from '../../test/peers/soap/host.ts';

const certificate = (name: string): string => join(import.meta.dirname, '../mllp/samples', name);
const ns11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const ns12 = 'http://www.w3.org/2003/05/soap-envelope';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function caller(settings: Record<string, unknown>) {
  const opened = openCaller(settings);
  cleanups.push(() => opened.sender.close());
  return opened;
}

interface Asked {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that answers as told and keeps what it was asked. */
async function peer(
  answer: (response: ServerResponse, n: number) => void,
  create: (serve: RequestListener) => Server = createServer,
) {
  const asked: Asked[] = [];
  const server = create((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(response, asked.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, port, url: `http://127.0.0.1:${port}/service` };
}

const body = (content: string, ns = ns11): string =>
  `<s:Envelope xmlns:s="${ns}"><s:Body>${content}</s:Body></s:Envelope>`;
const result = (content: string): string =>
  body(
    `<HIPMessageServerResponse xmlns="urn:hl7-org:v3"><HIPMessageServerResult>${content}</HIPMessageServerResult></HIPMessageServerResponse>`,
  );
const say =
  (text: string, status = 200, type = 'text/xml; charset=utf-8') =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': type }).end(text);
  };
const send = (settings: Record<string, unknown>, bytes: string | Uint8Array = '<A/>', options = delivery()) =>
  caller(settings).sender.send(Buffer.from(bytes as string), options);
const textOf = (outcome: SendOutcome): string =>
  outcome.kind === 'replied' ? Buffer.from(outcome.bytes).toString() : `${outcome.kind} ${outcome.reason}`;

describe('own client and own server', () => {
  const document =
    '<?xml version="1.0" encoding="UTF-8"?>\r\n<PRPA xmlns="urn:hl7-org:v3" a="&quot;"><n>张三 ]]> &amp; 𠮷</n></PRPA>'.replace(
      ' ]]>',
      ']]&gt;',
    );
  const bare = document.slice(document.indexOf('<PRPA'));
  const cases = ['1.1', '1.2'].flatMap((version) =>
    ['string', 'cdata', 'nested'].flatMap((messageStyle) =>
      ['string', 'cdata', 'nested'].map((resultStyle) => [version, messageStyle, resultStyle] as const),
    ),
  );
  test.each(cases)(
    '[INT-01] [INT-03] exchange bytes unchanged: SOAP %s, message as %s, result as %s',
    async (version, messageStyle, resultStyle) => {
      const service = await openService({ resultStyle }, async ({ bytes }) => ({ bytes }));
      cleanups.push(service.close);
      const outcome = await send({ url: service.url, version, messageStyle, addressing: true }, document);
      const wanted = messageStyle === 'nested' ? bare : document;
      expect(service.frames.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([wanted]);
      expect(service.frames[0]!.meta).toMatchObject({ action: 'PatientInfoRegister', soapVersion: version });
      expect(textOf(outcome)).toBe(resultStyle === 'nested' ? bare : wanted);
      expect(outcome).not.toHaveProperty('said');
    },
  );

  test('typed operations, UsernameToken, basic authentication and a UTF-16 message go together', async () => {
    const users = [{ username: 'lab', password: '密<&>' }];
    const operations = [{ name: 'PlaceOrder', typed: true }];
    const settings = { namespace: 'urn:lab', operations };
    const service = await openService({ ...settings, basic: users, usernameToken: { users } }, async () => ({
      bytes: Buffer.from('<PlaceOrderResponse xmlns="urn:lab"><number>7</number></PlaceOrderResponse>'),
    }));
    cleanups.push(service.close);
    for (const type of ['text', 'digest']) {
      const { sender } = caller({
        ...settings,
        url: service.url,
        basic: users[0],
        usernameToken: { ...users[0], type },
      });
      const order = '<PlaceOrder xmlns="urn:lab"><name>细胞</name></PlaceOrder>';
      const bytes = Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${order}`, 'utf16le');
      const outcome = await sender.send(bytes, delivery({}, { mediaType: 'text/xml; charset=utf-16' }));
      expect(textOf(outcome)).toBe(
        '<PlaceOrderResponse xmlns="urn:lab"><number>7</number></PlaceOrderResponse>',
      );
      expect(Buffer.from(service.frames.at(-1)!.bytes).toString()).toBe(order);
    }
  });

  test('what the server cannot keep is busy here, what it refuses negative', async () => {
    const replies = [{ outcome: 'refused' as const, reason: 'no patient' }];
    const service = await openService({}, async () => replies.shift() ?? Promise.reject(new Error('x')));
    cleanups.push(service.close);
    expect(await send({ url: service.url, version: '1.2' })).toMatchObject({
      said: { verdict: 'negative', code: 'soap:Sender', reason: 'The message was not taken: no patient' },
    });
    expect(await send({ url: service.url })).toMatchObject({
      said: { verdict: 'busy', code: 'soap:Server' },
    });
  });
});

describe('the request', () => {
  test('is as the contract says: parameters in order, action as the partner calls it, SOAPAction', async () => {
    const { asked, url } = await peer(say(result('x')));
    const contract = {
      url,
      namespace: 'http://tempuri.org/',
      operations: [
        {
          name: 'HIS_Interface',
          parameters: ['TradeCode', 'Hospital', 'Input'],
          action: { parameter: 'TradeCode' },
        },
      ],
      actions: { S0001: 'PatientInfoRegister' },
    };
    await send(contract, '{"a":"<"}', delivery({ action: 'PatientInfoRegister', Hospital: 'H&1' }));
    await send(
      { ...contract, version: '1.2', style: 'rpc', chunked: true },
      'x',
      delivery({ action: 'other' }),
    );
    expect(asked[0]!.body).toContain(
      '<HIS_Interface xmlns="http://tempuri.org/"><TradeCode>S0001</TradeCode><Hospital>H&amp;1</Hospital><Input>{"a":"&lt;"}</Input></HIS_Interface>',
    );
    expect(asked[0]!.headers).toMatchObject({
      soapaction: '"http://tempuri.org/HIS_Interface"',
      'content-type': 'text/xml; charset=utf-8',
    });
    expect(asked[0]!.headers['content-length']).toBeDefined();
    expect(asked[1]!.body).toContain(
      '<m:HIS_Interface xmlns:m="http://tempuri.org/"><TradeCode>other</TradeCode><Hospital></Hospital>',
    );
    expect(asked[1]!.headers).toMatchObject({
      'transfer-encoding': 'chunked',
      'content-type': 'application/soap+xml; charset=utf-8; action="http://tempuri.org/HIS_Interface"',
    });
  });

  test.each([
    ['without an action', {}, '<A/>', delivery({}), 'names no action'],
    ['of an operation that is not there', {}, '<A/>', delivery({ operation: 'Other' }), 'no operation Other'],
    ['with a control character', {}, 'MSH\x0b', delivery(), 'character 3'],
    ['in a charset it is not in', {}, Buffer.from([0xff, 0x41]), delivery(), 'Not decodable'],
    [
      'that is no document and should be nested',
      { messageStyle: 'nested' },
      '<A>',
      delivery(),
      'no document',
    ],
    [
      'with a document type, nested',
      { messageStyle: 'nested' },
      '<!DOCTYPE A><A/>',
      delivery(),
      'document types',
    ],
    ['with neither url nor wsdl', { url: undefined }, '<A/>', delivery(), 'neither url nor wsdl'],
  ])('%s is not sent', async (_, settings, bytes, options, reason) => {
    const { asked, url } = await peer(say(result('x')));
    const outcome = await send({ url, ...settings }, bytes, options);
    expect(outcome).toMatchObject({ kind: 'not-sent', reason: expect.stringContaining(reason) });
    expect(asked).toEqual([]);
  });
});

describe('the answer', () => {
  test.each([
    ['escaped', result('&lt;a&gt;中&lt;/a&gt;'), '<a>中</a>'],
    ['CDATA', result('<![CDATA[<a>中</a>]]>'), '<a>中</a>'],
    ['nested', result('<a xmlns="">中</a>'), '<a xmlns="">中</a>'],
    ['an element of another name', body('<r:XResponse xmlns:r="u"><return>ok</return></r:XResponse>'), 'ok'],
    ['in the other version', result('ok').replace(ns11, ns12), 'ok'],
  ])('is unwrapped: %s', async (_, answer, wanted) => {
    const { url } = await peer(say(answer));
    expect(textOf(await send({ url }))).toBe(wanted);
  });

  test('in GBK, or as the root of a multipart, is read', async () => {
    const gbk = Buffer.from(`<?xml version="1.0" encoding="gbk"?>${result('\xd5\xc5')}`, 'latin1');
    const one = await peer((r) => r.writeHead(200, { 'content-type': 'text/xml' }).end(gbk));
    expect(textOf(await send({ url: one.url }))).toBe('张');
    const parts = `--b\r\nContent-Type: application/xop+xml; charset=utf-8\r\nContent-ID: <r>\r\n\r\n${result('张')}\r\n--b--`;
    const two = await peer(say(parts, 200, 'multipart/related; boundary=b; start="<r>"'));
    expect(textOf(await send({ url: two.url }))).toBe('张');
  });

  test.each([
    ['accepted, with nothing to say', '', 202, {}],
    ['no content', '', 204, {}],
    ['an empty result, where settings say so', result(''), 200, { faultsOnly: true }],
    ['no result, where settings say so', body('<r/>'), 200, { faultsOnly: true }],
  ])('without contents is good: %s', async (_, answer, status, settings) => {
    const { url } = await peer(say(answer, status));
    expect(await send({ url, ...settings })).toMatchObject({
      kind: 'replied',
      bytes: Buffer.alloc(0),
      said: { verdict: 'good', code: `HTTP ${status}` },
    });
  });

  test('with an empty result says nothing of itself', async () => {
    const { url } = await peer(say(result('')));
    const outcome = await send({ url });
    expect(outcome).toMatchObject({ kind: 'replied', bytes: Buffer.alloc(0) });
    expect(outcome).not.toHaveProperty('said');
  });

  const fault11 = (code: string) =>
    body(`<s:Fault><faultcode>${code}</faultcode><faultstring>not &lt;now&gt;</faultstring></s:Fault>`);
  const fault12 = (code: string) =>
    body(
      `<s:Fault><s:Code><s:Value>${code}</s:Value></s:Code><s:Reason><s:Text xml:lang="en">no</s:Text></s:Reason></s:Fault>`,
      ns12,
    );
  test.each([
    [fault11('s:Client'), 500, 'negative', 's:Client'],
    [fault11('s:Client.Authentication'), 500, 'negative', 's:Client.Authentication'],
    [fault11('s:Server'), 500, 'busy', 's:Server'],
    [fault11('Server'), 500, 'busy', 'Server'],
    [fault11('s:Server.userException'), 200, 'busy', 's:Server.userException'],
    [fault11('s:MustUnderstand'), 500, 'negative', 's:MustUnderstand'],
    [fault11('x:Unbound'), 500, 'negative', 'x:Unbound'],
    [fault12('s:Sender'), 400, 'negative', 's:Sender'],
    [fault12('s:Receiver'), 500, 'busy', 's:Receiver'],
    ['busy', 503, 'busy', 'HTTP 503'],
    ['slow down', 429, 'busy', 'HTTP 429'],
    ['<html><hr></html>', 500, 'busy', 'HTTP 500'],
    ['', 500, 'busy', 'HTTP 500'],
    ['no', 404, 'negative', 'HTTP 404'],
    ['who', 401, 'negative', 'HTTP 401'],
    ['big', 413, 'negative', 'HTTP 413'],
    [result('x'), 500, 'busy', 'HTTP 500'],
  ])('a fault or refusal has its verdict: %j with %i is %s', async (answer, status, verdict, code) => {
    const { url } = await peer(say(answer, status));
    expect(await send({ url })).toMatchObject({ kind: 'replied', said: { verdict, code } });
  });

  test('a fault of the server is final where settings say so', async () => {
    const { url } = await peer(say(fault11('s:Server'), 500));
    expect(await send({ url, serverFaults: 'negative' })).toMatchObject({
      said: { verdict: 'negative', reason: 'not <now>' },
    });
  });

  test('redirects are not followed', async () => {
    const { url, asked } = await peer((r) => r.writeHead(307, { location: '/service' }).end());
    expect(await send({ url })).toMatchObject({ said: { verdict: 'negative', code: 'HTTP 307' } });
    expect(asked.length).toBe(1);
  });

  test.each([
    ['a page of a portal', say('<html><body>Sign in</body></html>', 200, 'text/html'), 'no SOAP envelope'],
    ['nothing at all', say(''), 'no SOAP envelope'],
    ['an empty body', say(body('')), 'body of the answer is empty'],
    ['a document type', say(`<!DOCTYPE a>${result('x')}`), 'document types'],
    ['two results', say(body('<r><a/><b/></r>')), 'several elements'],
    ['a gateway without its service', say('bad gateway', 502), 'HTTP 502'],
    ['a gateway that waited', say('timeout', 504), 'HTTP 504'],
    [
      'half an answer',
      (r: ServerResponse) => {
        r.writeHead(200, { 'content-length': '999' }).write('<s:Env', () => r.socket!.destroy());
      },
      'closed|ECONNRESET|aborted',
    ],
    ['nothing but a close', (r: ServerResponse) => void r.socket!.destroy(), 'socket|ECONNRESET'],
    ['too much', say(result('x'.repeat(50_000))), 'longer than 20000'],
  ])('that answers nothing leaves it unknown: %s', async (_, answer, reason) => {
    const { url } = await peer(answer as (r: ServerResponse) => void);
    const outcome = await send({ url, maxReplyBytes: 20_000 });
    expect(outcome).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
    expect(textOf(outcome)).toMatch(new RegExp(reason));
  });

  test('that belongs to another message leaves it unknown, unless any is taken', async () => {
    const { url } = await peer(say(result('other')));
    const strange = delivery(undefined, { matches: () => false });
    expect(await send({ url }, '<A/>', strange)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('another message'),
    });
    const throwing = delivery(undefined, {
      matches: () => {
        throw new Error('x');
      },
    });
    expect(await send({ url }, '<A/>', throwing)).toMatchObject({ kind: 'unknown' });
    expect(await send({ url, anyReply: true }, '<A/>', strange)).toMatchObject({ kind: 'replied' });
  });
});

describe('the connection', () => {
  test('refused, or of a host that is not there: nothing was sent', async () => {
    const { port, url } = await peer(() => undefined);
    for (const clean of cleanups.splice(0)) await clean();
    expect(await send({ url })).toMatchObject({
      kind: 'not-sent',
      code: 'hub.peer.refused',
      reason: 'ECONNREFUSED',
    });
    expect(await send({ url: `http://nobody.invalid:${port}/` })).toMatchObject({ kind: 'not-sent' });
  });

  test('no answer in time after the request was written: unknown; an answer that comes later is not taken for the next', async () => {
    const late: ServerResponse[] = [];
    const { url } = await peer((response, n) => {
      if (n === 1) late.push(response);
      else say(result('second'))(response);
    });
    const { sender, incidents } = caller({ url, keepAliveMs: 10_000 });
    const first = sender.send(Buffer.from('1'), delivery(undefined, { timeoutMs: 150 }));
    const second = sender.send(Buffer.from('2'), delivery());
    expect(await first).toMatchObject({ kind: 'unknown', code: 'hub.peer.timeout' });
    late[0]!.end(result('first'));
    expect(textOf(await second)).toBe('second');
    expect(incidents.map(({ kind }) => kind)).toEqual(['reply-timeout']);
  });

  test('an abort before and after the request left', async () => {
    const seen: (() => void)[] = [];
    const arrived = new Promise<void>((resolve) => seen.push(resolve));
    const { url } = await peer(() => seen[0]!());
    const before = AbortSignal.abort();
    expect(await send({ url }, '<A/>', delivery(undefined, { signal: before }))).toMatchObject({
      kind: 'not-sent',
    });
    const stop = new AbortController();
    const pending = send({ url }, '<A/>', delivery(undefined, { signal: stop.signal }));
    await arrived;
    stop.abort();
    expect(await pending).toMatchObject({ kind: 'unknown', reason: 'aborted' });
  });

  test('closing ends what is under way', async () => {
    const seen: (() => void)[] = [];
    const arrived = new Promise<void>((resolve) => seen.push(resolve));
    const { url } = await peer(() => seen[0]!());
    const { sender } = caller({ url });
    const pending = sender.send(Buffer.from('x'), delivery());
    await arrived;
    await sender.close();
    expect(await pending).toMatchObject({ kind: 'unknown' });
    expect(await sender.send(Buffer.from('x'), delivery())).toMatchObject({ kind: 'not-sent' });
  });

  test('is new for each message, or kept while it is fresh', async () => {
    const ports: (number | undefined)[] = [];
    const { url } = await peer((response) => {
      ports.push(response.socket!.remotePort);
      say(result('x'))(response);
    });
    const settings = [{ url }, { url, keepAliveMs: 60_000 }];
    for (const setting of settings) {
      const { sender } = caller(setting);
      await sender.send(Buffer.from('x'), delivery());
      await sender.send(Buffer.from('x'), delivery());
      expect(sender.connections()).toMatchObject([{ framesOut: 2, framesIn: 2, pending: 0 }]);
      expect(sender.capture(sender.connections()[0]!.id).length).toBe(4);
    }
    expect([ports[0] === ports[1], ports[2] === ports[3]]).toEqual([false, true]);
  });

  test('a peer that accepts and never speaks TLS: nothing was sent', async () => {
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => sockets.push(socket.on('error', () => undefined)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await send({ url, connectMs: 100 })).toMatchObject({
      kind: 'not-sent',
      reason: expect.stringContaining('not connected'),
    });
  });
});

describe('TLS', () => {
  const secure = (serve: RequestListener) =>
    createSecureServer(
      {
        cert: readFileSync(certificate('server.pem')),
        key: readFileSync(certificate('server.key')),
        ca: readFileSync(certificate('ca.pem')),
        requestCert: true,
        rejectUnauthorized: true,
      },
      serve,
    ) as unknown as Server;
  const client = {
    ca: certificate('ca.pem'),
    certificate: certificate('client.pem'),
    key: certificate('client.key'),
  };

  test('with certificates on both sides', async () => {
    const { port } = await peer(say(result('safe')), secure);
    expect(textOf(await send({ url: `https://localhost:${port}/`, tls: client }))).toBe('safe');
  });

  test.each([
    ['without our certificate', { ca: client.ca }],
    ['of a server nobody vouches for', { certificate: client.certificate, key: client.key }],
    ['under another name', { ...client, serverName: 'elsewhere.example' }],
    ['with a certificate file that is not there', { ...client, certificate: certificate('none.pem') }],
  ])('%s nothing is sent', async (_, tls) => {
    const { port, asked } = await peer(say(result('safe')), secure);
    expect(await send({ url: `https://localhost:${port}/`, tls })).toMatchObject({ kind: 'not-sent' });
    expect(asked).toEqual([]);
  });

  test('with a certificate of a stranger nothing arrives; whether it did is not provable in TLS 1.3', async () => {
    const { port, asked } = await peer(say(result('safe')), secure);
    const tls = { ...client, certificate: certificate('stranger.pem'), key: certificate('stranger.key') };
    expect((await send({ url: `https://localhost:${port}/`, tls })).kind).toMatch(/^(unknown|not-sent)$/);
    expect(asked).toEqual([]);
  });
});
