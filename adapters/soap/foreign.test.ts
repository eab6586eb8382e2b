import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Client, createClientAsync, WSSecurity } from 'soap';
import type { InboundFrame, Reply } from '../../contracts/adapter/port.ts';
import { delivery, openCaller } from '../../test/peers/soap/caller.ts';
import { openService } from '../../test/peers/soap/host.ts';
import { openForeignServer } from '../../test/peers/soap/server.ts';

const run = promisify(execFile);
const peers = join(import.meta.dirname, '../../test/peers/soap');
const wsdl = (name: string): string => join(import.meta.dirname, 'samples', name);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function serve(
  settings: Record<string, unknown> = {},
  accept?: (frame: InboundFrame) => Promise<Partial<Reply>>,
) {
  const opened = await openService(settings, accept);
  cleanups.push(opened.close);
  return opened;
}

async function foreign(...args: Parameters<typeof openForeignServer>) {
  const opened = await openForeignServer(...args);
  cleanups.push(opened.close);
  return opened;
}

function call(settings: Record<string, unknown>) {
  const { sender } = openCaller(settings);
  cleanups.push(() => sender.close());
  return (text: string, given?: Record<string, string>) => sender.send(Buffer.from(text), delivery(given));
}

const message =
  '<?xml version="1.0" encoding="UTF-8"?><PRPA_IN201311UV02 xmlns="urn:hl7-org:v3"><name a="&quot;">张三 &amp; 𠮷</name></PRPA_IN201311UV02>';
const received = (frames: readonly InboundFrame[]): string[] =>
  frames.map(({ bytes }) => Buffer.from(bytes).toString());

/** Where a program and the library it needs are there; Debian has both: python3-zeep, libsoap-lite-perl. */
const has = async (program: string, ...check: string[]): Promise<boolean> =>
  existsSync(program) &&
  (await run(program, check).then(
    () => true,
    () => false,
  ));
const python = '/usr/bin/python3';
const perl = '/usr/bin/perl';
const zeep = await has(python, '-c', 'import zeep');
const soapLite = await has(perl, '-MSOAP::Lite', '-e', '1');
const withZeep = zeep ? test : test.skip;
const withSoapLite = soapLite ? test : test.skip;

async function py(...args: string[]): Promise<{ result?: string; fault?: string; text?: string }> {
  const { stdout } = await run(python, [join(peers, 'call.py'), ...args], {
    env: { PYTHONIOENCODING: 'utf-8', NO_PROXY: '*' },
  });
  return JSON.parse(stdout);
}

describe('a foreign client reads our WSDL and calls us', () => {
  test.each([
    ['HIPServiceSoap', {}],
    ['HIPServiceSoap12', { forceSoap12Headers: true }],
  ])('[INT-03] npm soap, %s', async (port, options) => {
    const { url, frames } = await serve({ resultStyle: 'cdata' });
    const client: Client = await createClientAsync(`${url}?wsdl`, options);
    expect(Object.keys(client.describe().HIPService)).toEqual(['HIPServiceSoap', 'HIPServiceSoap12']);
    const [answer] =
      (await client.HIPService[port].HIPMessageServerAsync?.({ action: 'A', message })) ??
      (await client.HIPMessageServerAsync({ action: 'A', message }));
    expect(answer).toEqual({ HIPMessageServerResult: '<ok>好</ok>' });
    expect(received(frames)).toEqual([message]);
    expect(frames[0]!.meta?.action).toBe('A');
  });

  test('npm soap, a fault and a UsernameToken with digest', async () => {
    const users = [{ username: 'his', password: 'secret' }];
    const { url, frames } = await serve({ usernameToken: { users, password: 'digest' } });
    const client: Client = await createClientAsync(`${url}?singleWsdl`);
    const failure = await client.HIPMessageServerAsync({ action: 'A', message }).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(failure).toMatchObject({
      root: { Envelope: { Body: { Fault: { faultcode: 'wsse:InvalidSecurity' } } } },
    });
    client.setSecurity(
      new WSSecurity('his', 'secret', {
        passwordType: 'PasswordDigest',
        hasNonce: true,
        hasTokenCreated: true,
      }),
    );
    await client.HIPMessageServerAsync({ action: 'A', message });
    expect(received(frames)).toEqual([message]);
  });

  test('npm soap, typed operations', async () => {
    const { url, frames } = await serve(
      {
        namespace: 'urn:lab',
        service: 'LabService',
        operations: [
          {
            name: 'PlaceOrder',
            schema: {
              request: [
                { name: 'placerNumber', maxLength: 64, description: '申请单号' },
                { name: 'priority', values: ['routine', 'stat'], optional: true },
                { name: 'patient', fields: [{ name: 'id' }, { name: 'name' }] },
                {
                  name: 'item',
                  many: true,
                  fields: [{ name: 'code' }, { name: 'quantity', type: 'decimal' }],
                },
              ],
              response: [{ name: 'orderNumber' }],
            },
          },
          { name: 'QueryStatus', typed: true },
        ],
      },
      async ({ meta }) =>
        meta?.action === 'PlaceOrder'
          ? {
              bytes: Buffer.from(
                '<PlaceOrderResponse xmlns="urn:lab"><orderNumber>L1</orderNumber></PlaceOrderResponse>',
              ),
            }
          : { outcome: 'repeated' },
    );
    const client: Client = await createClientAsync(`${url}?wsdl`);
    const order = {
      placerNumber: 'P1',
      priority: 'stat',
      patient: { id: '1', name: '张三' },
      item: [
        { code: 'a', quantity: 1 },
        { code: 'b', quantity: 2 },
      ],
    };
    const [answer] = await client.PlaceOrderAsync(order);
    expect(answer).toEqual({ orderNumber: 'L1' });
    expect(received(frames)[0]).toMatch(
      /^<PlaceOrder xmlns="urn:lab"[^>]*><placerNumber>P1<.*<name>张三<.*<code>b<.*<\/PlaceOrder>$/s,
    );
    const [status] = await client.QueryStatusAsync({});
    expect(status).toMatchObject({ outcome: 'repeated' });
  });

  withZeep.each(['HIPServiceSoap', 'HIPServiceSoap12'])('[INT-03] Python zeep, %s', async (port) => {
    const { url, frames } = await serve();
    expect(
      await py(`${url}?wsdl`, port, 'HIPMessageServer', JSON.stringify({ action: 'A', message })),
    ).toEqual({ result: '<ok>好</ok>' });
    expect(received(frames)).toEqual([message]);
    expect(await py(`${url}?wsdl`, port, 'HIPMessageServer', '{"action":"A"}')).toEqual({
      fault: port.endsWith('12') ? 'soap:Sender' : 'soap:Client',
      text: expect.stringContaining('the parameter message is missing'),
    });
  });

  withZeep('Python zeep, a nested message and result, and its UsernameToken', async () => {
    const users = [{ username: 'his', password: '口令' }];
    const { url, frames } = await serve({
      messageStyle: 'nested',
      resultStyle: 'nested',
      usernameToken: { users },
    });
    for (const type of ['text', 'digest'])
      expect(
        await py(
          `${url}?wsdl`,
          'HIPServiceSoap',
          'HIPMessageServer',
          JSON.stringify({ action: 'A', message: null }),
          'his',
          '口令',
          type,
        ),
      ).toMatchObject({
        text: expect.stringContaining('the parameter message is missing'),
      });
    expect(
      await py(`${url}?wsdl`, 'HIPServiceSoap', 'HIPMessageServer', '{}', 'his', 'wrong', 'digest'),
    ).toMatchObject({
      fault: 'wsse:FailedAuthentication',
    });
    expect(frames).toEqual([]);
  });

  withSoapLite.each(['1.1', '1.2'])('[INT-03] Perl SOAP::Lite, SOAP %s, without a WSDL', async (version) => {
    const { url, frames } = await serve({ namespace: 'urn:x' });
    const { stdout } = await run(perl, [join(peers, 'call.pl'), url, version, 'urn:x', 'A', message]);
    expect(stdout).toBe('<ok>好</ok>');
    expect(received(frames)).toEqual([message]);
    const fault = await run(perl, [join(peers, 'call.pl'), url, version, 'urn:other', 'A', message]);
    expect(fault.stdout).toMatch(/^fault soap:(Client|Sender)/);
  });
});

describe('we call a foreign server by its WSDL', () => {
  const answer = ({ message: given }: Record<string, unknown>) => ({
    HIPMessageServerResult: `got ${String(given).length}`,
  });

  test.each(['1.1', '1.2'] as const)(
    '[INT-01] a .NET service, SOAP %s: one of two operations',
    async (version) => {
      const methods = {
        HIPMessageServer: answer,
        HIS_Interface: ({ TradeCode }: Record<string, unknown>) => ({
          HIS_InterfaceResult: `trade ${String(TradeCode)}`,
        }),
      };
      const server = await foreign(wsdl('tempuri.wsdl'), 'HipService', 'HipServiceSoap', methods, version);
      const send = call({ wsdl: `${server.url}?wsdl`, version });
      expect(await send(message, { action: 'PatientInfoRegister' })).toMatchObject({
        bytes: Buffer.from(`got ${message.length}`),
      });
      expect(await send('{}', { action: 'S0001', operation: 'HIS_Interface' })).toMatchObject({
        bytes: Buffer.from('trade S0001'),
      });
      expect(server.calls.map(({ method, args }) => [method, args])).toEqual([
        ['HIPMessageServer', { action: 'PatientInfoRegister', message }],
        ['HIS_Interface', { TradeCode: 'S0001', InputParameter: '{}' }],
      ]);
    },
  );

  test('a DHC service: parameters without names, its long SOAPAction, the WSDL from a file', async () => {
    const server = await foreign(wsdl('dhc.wsdl'), 'PUB0013', 'PUB0013Soap', {
      HIPMessageServer: () => ({ HIPMessageServerResult: '<Response><ResultCode>0</ResultCode></Response>' }),
    });
    const send = call({
      wsdl: wsdl('dhc.wsdl'),
      url: server.url,
      actions: { MES0084: 'PatientInfoRegister' },
    });
    const outcome = await send('<Request/>', { action: 'PatientInfoRegister' });
    expect(outcome).toMatchObject({ bytes: Buffer.from('<Response><ResultCode>0</ResultCode></Response>') });
    expect(server.calls[0]!.args).toEqual({ input1: 'MES0084', input2: '<Request/>' });
  });

  test('rpc/literal', async () => {
    const server = await foreign(wsdl('rpc.wsdl'), 'HipService', 'HipPort', {
      HIPMessageServer: ({ action, message: given }) => ({ return: `${String(action)} ${String(given)}` }),
    });
    const send = call({ wsdl: `${server.url}?wsdl` });
    expect(await send('好', { action: 'S0001' })).toMatchObject({ bytes: Buffer.from('S0001 好') });
  });

  test('our own WSDL, qualified parameters and a UsernameToken', async () => {
    const users = [{ username: 'u', password: 'p' }];
    const { url, frames } = await serve({
      usernameToken: { users, password: 'digest' },
      namespace: 'urn:own/',
    });
    const send = call({
      wsdl: `${url}?wsdl`,
      version: '1.2',
      usernameToken: { ...users[0], type: 'digest' },
    });
    expect(await send(message, { action: 'A' })).toMatchObject({ bytes: Buffer.from('<ok>好</ok>') });
    expect(received(frames)).toEqual([message]);
  });

  test('a WSDL in several documents; the password is told to its own host only', async () => {
    const seen: string[] = [];
    const serveOne = async (page: (path: string) => string) => {
      const server = createServer((request, response) => {
        seen.push(`${request.url} ${request.headers.authorization === undefined ? 'nobody' : 'user'}`);
        response.writeHead(200, { 'content-type': 'text/xml' }).end(page(request.url!));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      cleanups.push(() => server.close());
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    const whole = readFileSync(wsdl('tempuri.wsdl'), 'utf8');
    const schema = /<s:schema.*<\/s:schema>/s.exec(whole)![0];
    const other = await serveOne(() =>
      schema.replace('<s:schema', '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"'),
    );
    const url = await serveOne((path) =>
      path === '/service'
        ? '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><r><x>ok</x></r></s:Body></s:Envelope>'
        : whole
            .replace(
              schema,
              `<s:schema><s:import namespace="http://tempuri.org/" schemaLocation="${other}/types.xsd"/></s:schema>`,
            )
            .replaceAll('http://localhost:9', url),
    );
    const send = call({
      wsdl: `${url}/?wsdl`,
      operation: 'HIPMessageServer',
      basic: { username: 'u', password: 'p' },
    });
    expect(await send('x', { action: 'A' })).toMatchObject({ bytes: Buffer.from('ok') });
    expect(await send('x', { action: 'A' })).toMatchObject({ bytes: Buffer.from('ok') });
    expect(seen).toEqual(['/?wsdl user', '/types.xsd nobody', '/service user', '/service user']);
  });

  test('a fault of its code is busy, one of ours negative', async () => {
    const code = ['soap:Server', 'soap:Client'];
    const server = await foreign(wsdl('tempuri.wsdl'), 'HipService', 'HipServiceSoap', {
      HIPMessageServer: () => {
        throw { Fault: { faultcode: code.shift(), faultstring: 'no', statusCode: 500 } };
      },
    });
    const send = call({ wsdl: `${server.url}?wsdl` });
    expect(await send('x', { action: 'A' })).toMatchObject({ said: { verdict: 'busy' } });
    expect(await send('x', { action: 'A' })).toMatchObject({ said: { verdict: 'negative', reason: 'no' } });
  });

  test.each([
    ['an operation it does not have', {}, { operation: 'Other' }, 'no operation Other'],
    ['a service it does not have', { service: 'Other' }, {}, 'no SOAP port Other'],
    ['a version it does not have', { wsdl: wsdl('dhc.wsdl'), version: '1.2' }, {}, 'no SOAP port 1.2'],
    ['a file that is not there', { wsdl: wsdl('none.wsdl') }, {}, 'ENOENT'],
    ['a document that is no WSDL', { wsdl: wsdl('request-gbk.xml') }, {}, 'no SOAP port'],
    ['an address where nobody is', { wsdl: 'http://127.0.0.1:9/x?wsdl' }, {}, 'ECONNREFUSED'],
  ])('%s: nothing is sent, with the reason', async (_, settings, given, reason) => {
    const send = call({ wsdl: wsdl('tempuri.wsdl'), url: 'http://127.0.0.1:9/', ...settings });
    expect(await send('x', { action: 'A', ...given })).toMatchObject({
      kind: 'not-sent',
      reason: expect.stringContaining(reason),
    });
  });
});
