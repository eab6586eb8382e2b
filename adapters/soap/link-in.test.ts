import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { InboundFrame, Reply } from '../../contracts/adapter/port.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { delivery, openCaller } from '../../test/peers/soap/caller.ts';
import { openService, type Service } from '../../test/peers/soap/host.ts';

const sample = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'samples', name));
const ns11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const ns12 = 'http://www.w3.org/2003/05/soap-envelope';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function service(
  settings: Record<string, unknown> = {},
  accept?: (frame: InboundFrame) => Promise<Partial<Reply>>,
): Promise<Service> {
  const opened = await openService(settings, accept);
  cleanups.push(opened.close);
  return opened;
}

const envelope = (body: string, header = '', ns = ns11): string =>
  `<s:Envelope xmlns:s="${ns}">${header === '' ? '' : `<s:Header>${header}</s:Header>`}<s:Body>${body}</s:Body></s:Envelope>`;
const hip = (message: string, action = 'PatientInfoRegister', ns = 'urn:hl7-org:v3'): string =>
  `<HIPMessageServer xmlns="${ns}"><action>${action}</action><message>${message}</message></HIPMessageServer>`;

async function post(
  { url }: Service,
  body: string | Uint8Array,
  headers: Record<string, string> = { 'content-type': 'text/xml; charset=utf-8' },
) {
  const answer = await fetch(url, { method: 'POST', body: body as string, headers });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const received = ({ frames }: Service): string[] =>
  frames.map(({ bytes }) => Buffer.from(bytes).toString('utf8'));

describe('the message of a request', () => {
  test.each([
    [
      'escaped',
      '&lt;A xmlns="urn:hl7-org:v3"&gt;张三 &amp;amp; 李四&lt;/A&gt;',
      '<A xmlns="urn:hl7-org:v3">张三 &amp; 李四</A>',
    ],
    ['in CDATA', '\n <![CDATA[<?xml version="1.0"?><A>张三</A>]]>\n', '<?xml version="1.0"?><A>张三</A>'],
    ['nested', ' <A xmlns="urn:x"  b=\'1\'><c/>张三</A> ', '<A xmlns="urn:x"  b=\'1\'><c/>张三</A>'],
    ['nested, its namespace declared outside', '<A>1</A>', '<A xmlns="urn:hl7-org:v3">1</A>'],
    ['HL7 v2 with line ends', 'MSH|^~\\&amp;|A&#13;PID|1\r\n', 'MSH|^~\\&|A\rPID|1\r\n'],
  ])('%s is handed on exactly', async (_, message, wanted) => {
    const opened = await service();
    const answer = await post(opened, envelope(hip(message)));
    expect([answer.status, received(opened)]).toEqual([200, [wanted]]);
    expect(opened.frames[0]!.meta).toEqual({
      action: 'PatientInfoRegister',
      operation: 'HIPMessageServer',
      soapVersion: '1.1',
      charset: 'UTF-8',
    });
    expect(opened.incidents).toEqual([]);
  });

  test.each([
    [
      'UTF-8 with a byte order mark',
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(envelope(hip('张三')))]),
      'text/xml',
    ],
    [
      'UTF-16 with a byte order mark',
      Buffer.from(`\ufeff${envelope(hip('张三'))}`, 'utf16le'),
      'text/xml; charset=utf-16',
    ],
    ['UTF-16 without', Buffer.from(envelope(hip('张三')), 'utf16le'), 'text/xml'],
    ['GB18030 by its declaration', sample('request-gbk.xml'), 'text/xml'],
    ['GB18030 by the header', sample('request-gbk.xml'), 'text/xml;charset="GB2312"'],
  ])('comes in %s', async (_, body, type) => {
    const opened = await service();
    expect((await post(opened, body, { 'content-type': type })).status).toBe(200);
    expect(received(opened)[0]).toContain('张三');
    expect(opened.incidents).toEqual([]);
  });

  test.each([
    ['UTF-8 in the header, GBK in the document', 'text/xml; charset=utf-8'],
    ['ISO-8859-1, as a library writes unasked', 'text/xml; charset=ISO-8859-1'],
  ])('a charset that the sender does not keep is found and told: %s', async (_, type) => {
    const opened = await service();
    expect((await post(opened, sample('request-gbk.xml'), { 'content-type': type })).status).toBe(200);
    expect(received(opened)[0]).toContain('张三');
    expect(opened.frames[0]!.oddities[0]).toContain('gbk in the document');
    expect(opened.incidents.map(({ kind }) => kind)).toEqual(['odd-request']);
  });

  test('text that is not decodable is refused, never guessed', async () => {
    const opened = await service();
    const answer = await post(opened, Buffer.from(envelope(hip('a\xd5\xc5b')), 'latin1'));
    expect(answer.text).toContain('code="hub.charset.undecodable"');
    expect(opened.frames).toEqual([]);
  });

  test('[INT-03] reaches the contract of each vendor: .NET, DHC, numeric actions', async () => {
    const net = await service({ namespace: 'http://tempuri.org/' });
    await post(net, envelope(hip('x', 'any', 'http://tempuri.org/')));
    const dhc = await service({
      namespace: 'http://www.dhcc.com.cn',
      versions: '1.1',
      resultStyle: 'cdata',
      operations: [
        { name: 'HIPMessageServer', parameters: ['input1', 'input2'], action: { parameter: 'input1' } },
      ],
      actions: { MES0084: 'PatientInfoRegister' },
    });
    const body = `<HIPMessageServer xmlns="http://www.dhcc.com.cn"><input1>MES0084</input1><input2>&lt;Request/&gt;</input2></HIPMessageServer>`;
    const answer = await post(dhc, envelope(body));
    expect(received(dhc)).toEqual(['<Request/>']);
    expect(dhc.frames[0]!.meta).toMatchObject({ action: 'PatientInfoRegister', sentAction: 'MES0084' });
    expect(answer.text).toContain('<HIPMessageServerResult><![CDATA[<ok>好</ok>]]></HIPMessageServerResult>');
    const his = await service({
      namespace: 'http://tempuri.org/',
      operations: [
        {
          name: 'HIS_Interface',
          parameters: ['TradeCode', 'Hospital', 'operation', 'InputParameter'],
          action: { parameter: 'TradeCode' },
        },
      ],
    });
    await post(
      his,
      envelope(
        '<HIS_Interface xmlns="http://tempuri.org/"><InputParameter>{}</InputParameter><Hospital>H01</Hospital><operation>x</operation><TradeCode>S0001</TradeCode><extra/></HIS_Interface>',
      ),
    );
    expect(his.frames[0]).toMatchObject({
      meta: { action: 'S0001', Hospital: 'H01', operation: 'HIS_Interface', parameterOperation: 'x' },
      oddities: ['parameter extra'],
    });
    expect([received(net), received(his)]).toEqual([['x'], ['{}']]);
  });

  test('of a typed operation is the request element itself', async () => {
    const opened = await service({
      namespace: 'urn:lab',
      operations: [{ name: 'PlaceOrder', schema: { request: [{ name: 'number' }] } }],
    });
    const answer = await post(
      opened,
      envelope('<l:PlaceOrder xmlns:l="urn:lab"><l:number>1</l:number></l:PlaceOrder>', '', ns12),
      {
        'content-type': 'application/soap+xml',
      },
    );
    expect(received(opened)).toEqual([
      '<l:PlaceOrder xmlns:l="urn:lab"><l:number>1</l:number></l:PlaceOrder>',
    ]);
    expect(opened.frames[0]!.meta).toMatchObject({
      action: 'PlaceOrder',
      operation: 'PlaceOrder',
      soapVersion: '1.2',
    });
    expect(answer.text).toContain(
      '<PlaceOrderResponse xmlns="urn:lab"><outcome>kept</outcome><PlaceOrderResult>',
    );
  });
});

describe('the answer', () => {
  const ack = '<?xml version="1.0" encoding="UTF-8"?>\n<MCCI xmlns="urn:hl7-org:v3">]]>&amp;</MCCI>'.replace(
    ']]>',
    '',
  );
  test.each([
    [
      'string',
      '&lt;?xml version="1.0" encoding="UTF-8"?&gt;\n&lt;MCCI xmlns="urn:hl7-org:v3"&gt;&amp;amp;&lt;/MCCI&gt;',
    ],
    ['cdata', `<![CDATA[${ack}]]>`],
    ['nested', '<MCCI xmlns="urn:hl7-org:v3">&amp;</MCCI>'],
  ])('is wrapped as %s in the version of the request', async (resultStyle, wanted) => {
    const opened = await service({ resultStyle }, async () => ({ bytes: Buffer.from(ack) }));
    const one = await post(opened, envelope(hip('x')));
    expect(one.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    const two = await post(opened, envelope(hip('x'), '', ns12), {
      'content-type': 'application/soap+xml; charset=utf-8',
    });
    expect(two.headers.get('content-type')).toBe('application/soap+xml; charset=utf-8');
    const body = (ns: string) =>
      `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${ns}"><soap:Body><HIPMessageServerResponse xmlns="urn:hl7-org:v3"><HIPMessageServerResult>${wanted}</HIPMessageServerResult></HIPMessageServerResponse></soap:Body></soap:Envelope>`;
    expect([one.text, two.text]).toEqual([body(ns11), body(ns12)]);
  });

  test.each([
    ['GB18030', Buffer.from('MSA|AA|\xd5\xc5', 'latin1'), 200, 'MSA|AA|张'],
    ['no charset', Buffer.from([0x41, 0xff, 0xff]), 500, 'soap:Server'],
    ['characters XML does not have', Buffer.from('MSA\x0b'), 500, 'soap:Server'],
  ])('of a format that writes %s', async (_, bytes, status, wanted) => {
    const opened = await service({}, async () => ({ bytes }));
    const answer = await post(opened, envelope(hip('x')));
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(wanted)]);
  });

  test('that is no document is written as text where a nested one is the rule', async () => {
    const opened = await service({ resultStyle: 'nested' }, async () => ({ bytes: Buffer.from('MSA|AA<1') }));
    expect((await post(opened, envelope(hip('x')))).text).toContain(
      '<HIPMessageServerResult>MSA|AA&lt;1</HIPMessageServerResult>',
    );
  });

  test('without a namespace keeps none when it stands in ours', async () => {
    const opened = await service({ resultStyle: 'nested' }, async () => ({
      bytes: Buffer.from('<Response><a/></Response>'),
    }));
    expect((await post(opened, envelope(hip('x')))).text).toContain('<Response xmlns=""><a/></Response>');
  });

  test('of a typed operation is the response element where the format writes one', async () => {
    const opened = await service(
      { namespace: 'urn:lab', operations: [{ name: 'Query', typed: true }] },
      async () => ({ bytes: Buffer.from('<QueryResponse xmlns="urn:lab"><n>1</n></QueryResponse>') }),
    );
    const { text } = await post(opened, envelope('<Query xmlns="urn:lab"/>'));
    expect(text).toContain('<soap:Body><QueryResponse xmlns="urn:lab"><n>1</n></QueryResponse></soap:Body>');
  });

  test('is empty where none is owed, and a fault where the message was refused', async () => {
    const outcomes: Partial<Reply>[] = [{}, { outcome: 'refused', reason: 'PID is missing' }];
    const opened = await service({}, async () => outcomes.shift()!);
    expect((await post(opened, envelope(hip('x')))).text).toContain(
      '<HIPMessageServerResult></HIPMessageServerResult>',
    );
    const refused = await post(opened, envelope(hip('x')));
    expect(refused.status).toBe(500);
    expect(refused.text).toContain('<faultcode>soap:Client</faultcode>');
    expect(refused.text).toContain('PID is missing');
  });

  test('carries WS-Addressing back to whoever sends it', async () => {
    const opened = await service();
    const wsa =
      '<a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing">urn:uuid:1</a:MessageID><a:ReplyTo xmlns:a="http://www.w3.org/2005/08/addressing" s:mustUnderstand="1"><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>';
    const { text } = await post(opened, envelope(hip('x'), wsa));
    expect(text).toContain('RelatesTo xmlns:a="http://www.w3.org/2005/08/addressing">urn:uuid:1<');
    const away = await post(
      opened,
      envelope(hip('x'), wsa.replace('2005/08/addressing/anonymous', 'elsewhere')),
    );
    expect(away.text).toContain('anonymous ReplyTo');
  });

  test('tells whoever kept the message how writing it went', async () => {
    const written: string[] = [];
    const opened = await service({}, async () => ({
      bytes: Buffer.from('x'),
      written: (how) => void written.push(how),
    }));
    await post(opened, envelope(hip('x')));
    expect(written).toEqual(['sent']);
  });
});

describe('what is not taken', () => {
  const xxe = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>';
  const laughs = `<!DOCTYPE l [${Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')}]>`;
  const deep = (n: number): string => `${'<d>'.repeat(n)}${'</d>'.repeat(n)}`;
  test.each([
    ['an external entity', xxe + envelope(hip('&e;')), 'document types'],
    ['a billion laughs', laughs + envelope(hip('&l9;')), 'document types'],
    ['deep nesting', envelope(hip(deep(100_000))), 'levels of elements'],
    ['half a document', envelope(hip('x')).slice(0, -20), 'is missing'],
    ['two envelopes', envelope(hip('x')).repeat(2), 'a second document'],
    ['two bodies', envelope(`${hip('x')}</s:Body><s:Body>${hip('y')}`), 'one body'],
    ['two operations', envelope(hip('x') + hip('y')), 'more than one element'],
    ['an empty body', envelope(''), 'the body is empty'],
    ['nothing', '', 'no element'],
    ['another namespace', envelope(hip('x', 'a', 'urn:other')), 'no operation {urn:other}HIPMessageServer'],
    ['another operation', envelope('<Other xmlns="urn:hl7-org:v3"/>'), 'no operation'],
    ['NUL', envelope(hip('\0')), 'U+0000'],
    ['a processing instruction', envelope(hip('<?php echo 1 ?>')), 'processing instructions'],
    [
      'no message',
      envelope('<HIPMessageServer xmlns="urn:hl7-org:v3"><action>a</action></HIPMessageServer>'),
      '"message" is missing'.replaceAll('"', ''),
    ],
    [
      'no action',
      envelope('<HIPMessageServer xmlns="urn:hl7-org:v3"><message>a</message></HIPMessageServer>'),
      'action is missing',
    ],
    ['an action without end', envelope(hip('x', 'a'.repeat(501))), 'longer than 500'],
    ['the message twice', envelope(hip('x</message><message>y')), 'twice'],
    ['two documents in a message', envelope(hip('<a/><b/>')), 'one document'],
    ['a document and text in a message', envelope(hip('a<b/>')), 'one document'],
    ['HTML', '<html><body>hi</body></html>', 'no SOAP envelope'],
    ['JSON', '{"action":1}', 'text outside'],
  ])('%s', async (_, body, reason) => {
    const opened = await service();
    const one = await post(opened, body);
    expect([one.status, one.text]).toEqual([500, expect.stringContaining('soap:Client')]);
    expect(one.text).toContain(reason);
    const two = await post(opened, body.replaceAll(ns11, ns12), { 'content-type': 'application/soap+xml' });
    expect([two.status, two.text]).toEqual([
      400,
      expect.stringContaining('<soap:Value>soap:Sender</soap:Value>'),
    ]);
    expect(opened.frames).toEqual([]);
    expect(opened.incidents.length).toBeGreaterThan(0);
  });

  test('bytes of what is no envelope are kept for the engineer', async () => {
    const opened = await service();
    await post(opened, '<half');
    expect(Buffer.from(opened.incidents[0]!.bytes!).toString()).toBe('<half');
  });

  test('ten megabytes in an attribute are read, or refused where the limit is lower', async () => {
    const body = envelope(hip(`<d value="${'QUJD'.repeat(2_500_000)}"/>`));
    const wide = await service();
    expect((await post(wide, body)).status).toBe(200);
    expect(wide.frames[0]!.bytes.length).toBeGreaterThan(10_000_000);
    const narrow = await service({ maxAttributeChars: 100_000 });
    expect((await post(narrow, body)).text).toContain('hub.frame.large');
    const small = await service({ maxBytes: 1000 });
    expect((await post(small, body).catch(() => ({ status: 413 }))).status).toBe(413);
  });

  test('a version that is not spoken, a header that is not understood', async () => {
    const only12 = await service({ versions: '1.2' });
    expect((await post(only12, envelope(hip('x')))).text).toContain('<faultcode>soap:VersionMismatch');
    const future = await post(only12, envelope(hip('x'), '', 'urn:soap:9'), {
      'content-type': 'application/soap+xml',
    });
    expect([future.status, future.text]).toEqual([500, expect.stringContaining('soap:VersionMismatch')]);
    const header = '<t:Transaction xmlns:t="urn:t" s:mustUnderstand="1">5</t:Transaction>';
    const both = await service();
    expect((await post(both, envelope(hip('x'), header))).text).toContain('<faultcode>soap:MustUnderstand');
    expect((await post(both, envelope(hip('x'), header.replace('"1"', '"0"')))).status).toBe(200);
    expect(
      (await post(both, envelope(hip('x'), header.replace('s:must', 's:actor="urn:other" s:must')))).status,
    ).toBe(200);
  });

  test.each([
    ['application/json', 'application/json', {}],
    ['what a page in a browser may send unasked', 'text/plain', {}],
    ['compressed bodies', 'text/xml', { 'content-encoding': 'gzip' }],
  ])('%s, with 415', async (_, type, more) => {
    const opened = await service();
    expect((await post(opened, envelope(hip('x')), { 'content-type': type, ...more })).status).toBe(415);
  });

  test('another method or path', async () => {
    const opened = await service();
    expect((await fetch(opened.url, { method: 'DELETE' })).status).toBe(405);
    expect((await fetch(opened.url)).status).toBe(405);
    expect((await fetch(`${opened.url}/x`, { method: 'POST', body: 'x' })).status).toBe(404);
  });

  test('a SOAPAction of another operation, where it is checked', async () => {
    const opened = await service({ checkSoapAction: true });
    const ask = (soapaction: string) =>
      post(opened, envelope(hip('x')), { 'content-type': 'text/xml', soapaction });
    expect((await ask('"urn:hl7-org:v3/HIPMessageServer"')).status).toBe(200);
    expect((await ask('"urn:other"')).text).toContain('SOAPAction');
    const twelve = await post(opened, envelope(hip('x'), '', ns12), {
      'content-type': 'application/soap+xml; charset=utf-8; action="urn:hl7-org:v3/HIPMessageServer"',
    });
    expect(twelve.status).toBe(200);
  });
});

describe('when intake cannot keep it', () => {
  test('nothing is acknowledged and the sender is told to come again', async () => {
    const opened = await service({}, async () => {
      throw new Fault('kernel.store.unavailable', {});
    });
    const one = await post(opened, envelope(hip('x')));
    expect([one.status, one.headers.get('retry-after')]).toEqual([500, '5']);
    expect(one.text).toContain('<faultcode>soap:Server</faultcode>');
    expect(one.text).toContain('code="kernel.store.unavailable" retryAfterSeconds="5"');
    const two = await post(opened, envelope(hip('x'), '', ns12), { 'content-type': 'application/soap+xml' });
    expect([two.status, two.text]).toEqual([500, expect.stringContaining('soap:Receiver')]);
    expect(opened.incidents[0]!.kind).toBe('intake-refused');
  });

  test('a defect of ours tells nothing of itself', async () => {
    const opened = await service({}, async () => {
      throw new TypeError('secret of the inside');
    });
    const { status, text } = await post(opened, envelope(hip('x')));
    expect([status, text]).toEqual([500, expect.stringContaining('kernel.internal.error')]);
    expect(text).not.toContain('secret');
  });

  test('more requests at once than settings permit are told to come again', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const opened = await service({ maxPending: 2 }, async () => {
      await held;
      return { bytes: Buffer.from('x') };
    });
    const first = [post(opened, envelope(hip('1'))), post(opened, envelope(hip('2')))];
    while (opened.frames.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect((await post(opened, envelope(hip('3')))).text).toContain('soap:Server');
    release();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
  });
});

test('stopping lets requests in hand be answered, then serves no more', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const opened = await service({}, async () => {
    await held;
    return { bytes: Buffer.from('late') };
  });
  const answer = post(opened, envelope(hip('x')));
  while (opened.frames.length < 1) await new Promise((resolve) => setImmediate(resolve));
  expect(opened.listener.connections()).toMatchObject([{ open: true, pending: 1, framesIn: 1 }]);
  const stopped = opened.listener.stop(5000);
  release();
  await stopped;
  expect((await answer).text).toContain('late');
  expect((await post(opened, envelope(hip('x')))).status).toBe(404);
  const [line] = opened.listener.connections();
  expect(line).toMatchObject({ open: false, framesIn: 1, framesOut: 1 });
  expect(opened.listener.capture(line!.id).map(({ direction }) => direction)).toEqual(['in', 'out']);
});

test('a hundred requests at once are each answered with their own', async () => {
  const opened = await service({ resultStyle: 'nested' }, async ({ bytes }) => {
    await new Promise((resolve) => setImmediate(resolve));
    return { bytes };
  });
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => post(opened, envelope(hip(`&lt;n&gt;${i}&lt;/n&gt;`)))),
  );
  expect(answers.map(({ text }) => /<n xmlns="">(\d+)</.exec(text)?.[1])).toEqual(
    Array.from({ length: 100 }, (_, i) => String(i)),
  );
});

test('where settings want a client certificate, only who has one is served, and the message says whose', async () => {
  const file = (name: string): string => join(import.meta.dirname, '../mllp/samples', name);
  const tls = { cert: file('server.pem'), key: file('server.key'), ca: file('ca.pem') };
  const opened = await openService({ clientCertificate: true }, undefined, { tls });
  cleanups.push(opened.close);
  const call = async (more: Record<string, string>) => {
    const url = opened.url.replace('127.0.0.1', 'localhost');
    const { sender } = openCaller({ url, tls: { ca: tls.ca, ...more } });
    cleanups.push(() => sender.close());
    return sender.send(Buffer.from('x'), delivery());
  };
  expect(await call({})).toMatchObject({ said: { verdict: 'negative', code: 'HTTP 403' } });
  expect(opened.frames).toEqual([]);
  const answer = await call({ certificate: file('client.pem'), key: file('client.key') });
  expect(answer).toMatchObject({ kind: 'replied', bytes: Buffer.from('<ok>好</ok>') });
  expect(opened.frames[0]!.peerCertificate).toBe('CN=client, O=Test hospital');
});
