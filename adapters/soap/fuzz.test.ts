import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom';
import type { InboundFrame } from '../../contracts/adapter/port.ts';
import type { WebRequest, WebResponse } from '../../contracts/adapter/web.ts';
import { silent } from '../../test/peers/soap/host.ts';
import { readAnswer } from './answer.ts';
import { contractOf, limitsOf } from './contract.ts';
import { adapter } from './index.ts';

/** A case that fails is found again by the seed and its number. */
const SEED = 20261123;
const CASES = 4000;

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const ns11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const ns12 = 'http://www.w3.org/2003/05/soap-envelope';
const security = `<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><w:UsernameToken><w:Username>u</w:Username><w:Password>p</w:Password></w:UsernameToken></w:Security><a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing">urn:1</a:MessageID>`;
const envelope = (message: string, ns = ns11): string =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${ns}"><s:Header>${security}</s:Header><s:Body><h:HIPMessageServer xmlns:h="urn:hl7-org:v3"><h:action>A</h:action>\n<h:message>${message}</h:message></h:HIPMessageServer></s:Body></s:Envelope>`;
const typed = `<s:Envelope xmlns:s="${ns12}"><s:Body><PlaceOrder xmlns="urn:hl7-org:v3"><n a="1">张</n><m/></PlaceOrder></s:Body></s:Envelope>`;
const part = `\r\n--b\r\nContent-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <r>\r\n\r\n${envelope('<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:p"/>', ns12)}\r\n--b\r\nContent-ID: <p>\r\n\r\n<A/>\r\n--b--\r\n`;

interface Base {
  readonly type: string;
  readonly bytes: Buffer;
}
const bases: readonly Base[] = [
  {
    type: 'text/xml; charset=utf-8',
    bytes: Buffer.from(envelope('&lt;A x=&quot;1&quot;&gt;张三&#x20BB7;&lt;/A&gt;')),
  },
  { type: 'text/xml', bytes: Buffer.from(envelope('<![CDATA[<A>张三</A>]]>')) },
  {
    type: 'application/soap+xml; action="x"',
    bytes: Buffer.from(envelope('<A xmlns="" b="&amp;"><!-- c --><p:c xmlns:p="u" p:d=\'1\'/>张</A>', ns12)),
  },
  { type: 'application/soap+xml', bytes: Buffer.from(typed) },
  { type: 'text/xml', bytes: readFileSync(join(import.meta.dirname, 'samples/request-gbk.xml')) },
  {
    type: 'text/xml; charset=utf-16',
    bytes: Buffer.from(`\ufeff${envelope('张').replace(/<\?.*?\?>/, '')}`, 'utf16le'),
  },
  {
    type: 'multipart/related; boundary=b; start="<r>"; type="application/xop+xml"',
    bytes: Buffer.from(part),
  },
];

const scraps = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '/',
  '=',
  ']]>',
  '<![CDATA[',
  '<!--',
  '-->',
  '<?x?>',
  '<!DOCTYPE a [<!ENTITY e "x">]>',
  '&e;',
  '&#0;',
  '&#xD800;',
  '\0',
  '\x0b',
  '\ufffe',
  '\r',
  '\r\n',
  ' ',
  ':',
  'xmlns=""',
  ' xmlns:s="u"',
  ' a="1"',
  '</s:Body>',
  '<s:Body>',
  '<h:message>',
  '</h:message>',
  '<A>',
  '</A>',
  '<A/>',
  's:',
  'h:',
  '--b',
  '--b--',
  'cid:p',
  '張',
  '\ud800',
  '>'.repeat(300),
  '<d>'.repeat(300),
  'encoding="x"',
  'mustUnderstand="1"',
].map((text) => Buffer.from(text));

function mutate({ type, bytes }: Base, pick: (below: number) => number): Base {
  let now = bytes;
  let media = type;
  for (let times = pick(4); times > 0; times--) {
    const at = pick(now.length + 1);
    const to = Math.min(now.length, at + pick(pick(3) === 0 ? 200 : 4));
    const head = now.subarray(0, at);
    const scrap = scraps[pick(scraps.length)]!;
    switch (pick(8)) {
      case 0:
        now = Buffer.concat([head, scrap, now.subarray(at)]);
        break;
      case 1:
        now = Buffer.concat([head, scrap, now.subarray(to)]);
        break;
      case 2:
        now = Buffer.concat([head, now.subarray(to)]);
        break;
      case 3:
        now = Buffer.concat([now.subarray(0, to), now.subarray(at)]);
        break;
      case 4:
        now = Buffer.concat([head, Buffer.from([pick(256)]), now.subarray(at + 1)]);
        break;
      case 5:
        now = head;
        break;
      case 6:
        now = Buffer.concat([head, bases[pick(bases.length)]!.bytes.subarray(at)]);
        break;
      default:
        media = bases[pick(bases.length)]!.type.slice(0, 3 + pick(80));
    }
  }
  return { type: media, bytes: now };
}

const parse = (text: string) =>
  new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'text/xml');
const plain = (text: string): string => text.replace(/\r\n?/g, '\n').trim();

test(`[INT-03] ${CASES} requests cut, spliced and broken at random are each answered, and taken only if sound`, async () => {
  let serve: (request: WebRequest) => Promise<WebResponse> = () => Promise.reject(new Error('not mounted'));
  const frames: InboundFrame[] = [];
  await adapter.listen!({
    endpoint: 'hip',
    settings: {
      maxDepth: 100,
      maxBytes: 1_000_000,
      usernameToken: { users: [{ username: 'u', password: 'p' }] },
      operations: [{ name: 'HIPMessageServer' }, { name: 'PlaceOrder', typed: true }],
    },
    log: silent,
    now: Date.now,
    web: {
      url: 'http://localhost:1',
      mount: (_path, _options, given) => {
        serve = given;
        return () => undefined;
      },
    },
    incident: () => undefined,
    mark: async () => undefined,
    query: async () => undefined,
    accept: async (frame) => {
      frames.push(frame);
      return { outcome: 'kept', results: [], bytes: Buffer.from('<ok/>') };
    },
  });
  const pick = random(SEED);
  const seen = new Map<string, number>();
  for (let number = 0; number < CASES; number++) {
    const base = bases[pick(bases.length)]!;
    const { type, bytes } = mutate(base, pick);
    const name = `case ${number}`;
    const before = frames.length;
    const answer = await serve({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: { 'content-type': type },
      body: bytes,
      peer: '127.0.0.1:1',
      connection: 'web#1',
      receivedAt: 0,
      signal: new AbortController().signal,
    });
    const text = Buffer.from(answer.body as Uint8Array).toString();
    seen.set(String(answer.status), (seen.get(String(answer.status)) ?? 0) + 1);
    expect([name, [200, 400, 415, 500].includes(answer.status)]).toEqual([name, true]);
    expect([name, frames.length - before]).toEqual([name, answer.status === 200 ? 1 : 0]);
    if (answer.status === 415) continue;
    const root = parse(text).documentElement!;
    expect([name, root.localName, text.includes(':Fault>'), text.includes('internal.error')]).toEqual([
      name,
      'Envelope',
      answer.status !== 200,
      false,
    ]);
    if (answer.status === 200 && !type.startsWith('multipart'))
      expect([name, plain(messageOf(frames.at(-1)!))]).toEqual([name, plain(theirs(bytes, frames.at(-1)!))]);
  }
  expect([...seen.keys()].sort()).toEqual(['200', '400', '415', '500']);
  expect(frames.length).toBeGreaterThan(CASES / 20);
  expect(frames.length).toBeLessThan(CASES);
});

/** Text of what was taken, as the independent parser reads it out of the frame. */
function messageOf({ bytes, meta }: InboundFrame): string {
  const text = Buffer.from(bytes).toString();
  return meta?.operation === 'PlaceOrder' ? parse(text).documentElement!.textContent! : text;
}

/** The same out of the whole request. */
function theirs(bytes: Uint8Array, { meta, bytes: taken }: InboundFrame): string {
  const charset =
    bytes[0] === 0xff || bytes[1] === 0
      ? 'utf-16le'
      : bytes[0] === 0
        ? 'utf-16be'
        : Buffer.from(bytes).includes('GBK')
          ? 'gb18030'
          : 'utf-8';
  const document = parse(new TextDecoder(charset).decode(bytes).trimStart());
  if (meta?.operation === 'PlaceOrder')
    return document.getElementsByTagNameNS('*', 'PlaceOrder')[0]!.textContent!;
  const [operation] = document.getElementsByTagNameNS('*', 'HIPMessageServer');
  const message = [...operation!.childNodes].find((n) => n.nodeName.endsWith('message'))!;
  const inner = [...message.childNodes].find((n) => n.nodeType === 1);
  if (inner === undefined) return message.textContent!;
  expect(inner.textContent).toBe(parse(Buffer.from(taken).toString()).documentElement!.textContent);
  return Buffer.from(taken).toString();
}

test('2000 answers cut, spliced and broken at random each have an outcome', () => {
  const operation = contractOf({}).operations[0]!;
  const pick = random(SEED);
  const answers: Base[] = [
    {
      type: 'text/xml',
      bytes: Buffer.from(
        envelope('x')
          .replaceAll('HIPMessageServer', 'HIPMessageServerResponse')
          .replaceAll('message', 'HIPMessageServerResult'),
      ),
    },
    {
      type: 'text/xml',
      bytes: Buffer.from(
        `<s:Envelope xmlns:s="${ns11}"><s:Body><s:Fault><faultcode>s:Server</faultcode><faultstring>x</faultstring></s:Fault></s:Body></s:Envelope>`,
      ),
    },
    { type: 'multipart/related; boundary=b', bytes: Buffer.from(part) },
  ];
  const seen = new Set<string>();
  for (let number = 0; number < 2000; number++) {
    const { type, bytes } = mutate(answers[pick(answers.length)]!, pick);
    const status = [200, 200, 500, 400, 302][pick(5)]!;
    const answer = readAnswer({ status, type, body: bytes }, operation, limitsOf({}), {});
    seen.add('unclear' in answer ? 'unclear' : (answer.said?.verdict ?? 'said by the bytes'));
  }
  expect([...seen].sort()).toEqual(['busy', 'negative', 'said by the bytes', 'unclear']);
});
