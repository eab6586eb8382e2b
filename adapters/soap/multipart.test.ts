import { afterEach, describe, expect, test } from '@jest/globals';
import { openService } from '../../test/peers/soap/host.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const include = (id: string): string =>
  `<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:${id}"/>`;
const root = (message: string): string =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><HIPMessageServer xmlns="urn:hl7-org:v3"><action>a</action><message>${message}</message></HIPMessageServer></s:Body></s:Envelope>`;

type Piece = readonly [headers: string, body: string | Uint8Array];
const rootPart = (message: string): Piece => [
  'Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\nContent-Id: <root@x>',
  root(message),
];
const binary = (id: string, body: string | Uint8Array, type = 'application/octet-stream'): Piece => [
  `Content-Type: ${type}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <${id}>`,
  body,
];
const joined = (pieces: readonly Piece[], end = '\r\n--b1--\r\n'): Buffer<ArrayBuffer> =>
  Buffer.concat([
    ...pieces.flatMap(([headers, body]) => [
      Buffer.from(`\r\n--b1\r\n${headers}\r\n\r\n`),
      Buffer.from(body),
    ]),
    Buffer.from(end),
  ]);

async function post(
  body: Uint8Array<ArrayBuffer>,
  type = 'multipart/related; type="application/xop+xml"; start="<root@x>"; start-info="application/soap+xml"; boundary="b1"',
  settings = {},
) {
  const opened = await openService(settings);
  cleanups.push(opened.close);
  const answer = await fetch(opened.url, { method: 'POST', body, headers: { 'content-type': type } });
  return {
    text: await answer.text(),
    frames: opened.frames.map(({ bytes }) => Buffer.from(bytes).toString()),
  };
}

describe('MTOM', () => {
  test('a request without attachments is its root part', async () => {
    expect((await post(joined([rootPart('张三')]))).frames).toEqual(['张三']);
  });

  test('a message that is a part of its own is taken as text in its charset', async () => {
    const gbk = Buffer.from('<A>\xd5\xc5\xc8\xfd</A>', 'latin1');
    const pieces = [binary('m@x', gbk, 'text/xml; charset=gbk'), rootPart(include('m%40x'))];
    expect((await post(joined(pieces))).frames).toEqual(['<A>张三</A>']);
  });

  test('a part inside a nested document becomes base64', async () => {
    const bytes = Buffer.from([0, 1, 255, 13, 10, 45, 45, 98]);
    const { frames } = await post(
      joined([rootPart(`<D xmlns=""><c>${include('p')}</c><c>${include('p')}</c></D>`), binary('p', bytes)]),
    );
    expect(frames).toEqual([
      `<D xmlns=""><c>${bytes.toString('base64')}</c><c>${bytes.toString('base64')}</c></D>`,
    ]);
  });

  const good = [rootPart(include('p')), binary('p', 'x')];
  test.each([
    ['a part that is not there', joined([rootPart(include('q')), binary('p', 'x')]), 'not there'],
    ['an attachment nobody names', joined([rootPart('m'), binary('p', 'x')]), 'not taken'],
    ['parts of the same name', joined([...good, binary('p', 'y')]), 'not taken'],
    [
      'binary as a message',
      joined([rootPart(include('p')), binary('p', Buffer.from([0xff, 0]))]),
      'Not decodable',
    ],
    ['NUL in a message', joined([rootPart(include('p')), binary('p', 'a\0b')]), 'no text'],
    ['no end', joined(good, ''), 'its end is missing'],
    ['half an envelope', joined([[rootPart('m')[0], root('m').slice(0, 99)]]), 'XML not accepted'],
    ['a part without headers', Buffer.from('--b1\r\nxx\r\n--b1--'), 'without headers'],
    ['no parts', Buffer.from('--b1--'), 'root part is missing'],
    ['nothing', Buffer.alloc(0), 'its end is missing'],
    [
      'too many parts',
      joined([rootPart('m'), ...Array.from({ length: 100 }, (_, i) => binary(`p${i}`, 'x'))]),
      'more than 100 parts',
    ],
    [
      'base64 parts',
      joined([rootPart(include('p')), ['Content-Transfer-Encoding: base64\r\nContent-ID: <p>', 'eA==']]),
      'in base64',
    ],
    ['a broken reference', joined([rootPart(include('%zz'))]), 'not there'],
  ])('%s is refused in words', async (_, body, reason) => {
    const { text, frames } = await post(body);
    expect(text).toContain(reason);
    expect(frames).toEqual([]);
  });

  test('no boundary, another root', async () => {
    expect((await post(joined(good), 'multipart/related')).text).toContain('no boundary');
    expect((await post(joined(good), 'multipart/related; boundary=b1; start="<none>"')).text).toContain(
      'root part',
    );
    expect((await post(joined(good), 'multipart/form-data; boundary=b1')).text).toContain('Not supported');
  });

  test('parts named often do not outgrow the limit', async () => {
    const many = `<D>${include('p').repeat(500)}</D>`;
    const body = joined([rootPart(many), binary('p', Buffer.alloc(20_000, 65))]);
    const { text } = await post(body, undefined, { maxBytes: 200_000 });
    expect(text).toContain('hub.frame.large');
  });
});
