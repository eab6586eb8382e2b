import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from '@jest/globals';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { formats } from '../../mappings/formats.generated.ts';
import { besiege, megabytes } from '../../test/conformance/adapter/hostile.ts';
import { Stand } from '../../test/conformance/adapter/stand.ts';
import { seeded } from '../../test/peers/his/random.ts';
import { adapter } from './index.ts';

/** What the siege did is found again by the seed. */
const seed = 846_0102;
const cases = 2400;

const request = (body: string | Buffer, headers: readonly string[] = [], method = 'POST'): Buffer => {
  const bytes = Buffer.from(body);
  const head = [
    `${method} /in/lab?a=%E5%BC%A0 HTTP/1.1`,
    'Host: x',
    `Content-Length: ${bytes.length}`,
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]);
};
const json = 'Content-Type: application/json; charset=utf-8';
const xml = 'Content-Type: text/xml';
const deep = '['.repeat(3000) + ']'.repeat(3000);
const lol = `<!DOCTYPE a [<!ENTITY b "lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY b${i} "${'&b;'.repeat(10)}">`).join('')}]><a>&b8;</a>`;
const multipart =
  '--b\r\nContent-Disposition: form-data; name="file"; filename="../../a"\r\n\r\n{"a":1}\r\n--b--\r\n';
const bases: readonly Buffer[] = [
  request('{"kind":"result","id":"r-1","values":[{"code":"CD34","value":1.8}],"名":"张"}', [json]),
  request('{"a":"\\ud800","b":1e400,"__proto__":{"c":1}}', [json]),
  request(deep, [json]),
  request('<a xmlns="u"><b c="1">张</b></a>', [xml]),
  request(lol, [xml]),
  request('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', [xml]),
  request(Buffer.from([0xd5, 0xc5, 0x81, 0x30, 0xff]), ['Content-Type: application/json; charset=gbk']),
  request(Buffer.from('{"a":1}', 'utf16le'), ['Content-Type: application/json; charset=utf-16']),
  request(gzipSync(Buffer.alloc(8_000_000, 0x20)), [json, 'Content-Encoding: gzip']),
  request('not gzip', [json, 'Content-Encoding: gzip']),
  request(multipart, ['Content-Type: multipart/form-data; boundary=b']),
  request('', [json, 'Transfer-Encoding: chunked']),
  request('{}', [json, `X-Long: ${'x'.repeat(20_000)}`]),
  request('{}', [json], 'PUT'),
  Buffer.from(
    `POST /in/lab HTTP/1.1\r\nHost: x\r\n${json}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\nzz\r\n`,
  ),
  Buffer.from('GET / HTTP/0.9\r\n\r\n'),
];
const endpoint = (format: string) =>
  ({
    endpoint: 'lab',
    format,
    decode: { mode: 'auto', charset: 'UTF-8' },
    ack: { mode: 'original' },
    lane: 'patient',
  }) as EndpointDef;

let stand: Stand;
afterAll(() => stand?.close());

test(`[INT-02] ${cases} hostile peers: what is kept is read or refused with a reason, and a good one is answered after them`, async () => {
  stand = new Stand(adapter, { path: 'lab', maxBytes: 65_536 }, { bytes: Buffer.from('{}') });
  const { address } = await stand.start();
  const before = megabytes();
  await besiege(Number(new URL(address).port), cases, bases, seeded(seed));

  for (const { bytes, oddities, broken, meta } of stand.kept) {
    expect(bytes.byteLength).toBeLessThanOrEqual(65_536);
    if (broken) expect(broken.reason).not.toBe('');
    for (const name of ['json', 'xml']) {
      const { messages } = formats
        .get(name)!
        .read({ bytes, oddities, ...(meta && { meta }) }, endpoint(name));
      for (const { unsound } of messages) if (unsound) expect(JSON.stringify(unsound.data)).toMatch(/.{10}/);
    }
  }
  expect(stand.kept.length).toBeGreaterThan(cases / 100);
  expect(stand.incidents.filter(({ reason, kind }) => reason === '' || kind === '')).toEqual([]);
  expect(stand.incidents.map(({ kind }) => kind)).toContain('too-large');
  const answer = await fetch(address, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(200);
  expect(megabytes() - before).toBeLessThan(300);
}, 120_000);
