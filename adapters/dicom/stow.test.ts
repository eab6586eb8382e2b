import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SendOptions } from '../../contracts/adapter/port.ts';
import type { WireIncident } from '../../contracts/adapter/wire.ts';
import { freePort } from '../../test/peers/dicom/dcmtk.ts';
import { makeInstance } from '../../test/peers/dicom/instance.ts';
import { answer, RestPeer, type Taken } from '../../test/peers/rest/server.ts';
import { adapter } from './index.ts';
import { judgeStow } from './stow-reply.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function pacs() {
  const peer = await RestPeer.listen();
  cleanups.push(() => peer.close());
  return peer;
}

function sender(url: string, more: Record<string, unknown> = {}) {
  const incidents: WireIncident[] = [];
  const quiet = () => undefined;
  const made = adapter.connect!({
    endpoint: 'pacs',
    settings: { kind: 'stow', stow: { url, ...more } },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: Date.now,
    incident: (incident) => incidents.push(incident),
    web: { mount: () => quiet, url: '' },
  });
  cleanups.push(() => made.close());
  const send = (file: Uint8Array, options: Partial<SendOptions> = {}) =>
    made.send(file, {
      timeoutMs: 5000,
      matches: () => true,
      id: 'd1',
      controlId: '',
      with: {},
      mediaType: 'application/dicom',
      ...options,
    });
  return { sender: made, send, incidents };
}

const item = (sopInstance: string, more: object = {}) => ({
  '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.77.1.2'] },
  '00081155': { vr: 'UI', Value: [sopInstance] },
  ...more,
});
const stored = (sopInstance: string, more: object = {}): string =>
  JSON.stringify({ '00081199': { vr: 'SQ', Value: [item(sopInstance, more)] } });
const failed = (sopInstance: string, reason: number): string =>
  JSON.stringify({
    '00081198': { vr: 'SQ', Value: [item(sopInstance, { '00081197': { vr: 'US', Value: [reason] } })] },
  });

/** The parts of a multipart body, read by its own rules and not by ours. */
function partsOf({ headers, body }: Taken): { head: string; bytes: Buffer }[] {
  const boundary = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '')![1]!;
  const text = body.toString('latin1');
  expect(text.endsWith(`\r\n--${boundary}--\r\n`)).toBe(true);
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const at = part.indexOf('\r\n\r\n');
      return { head: part.slice(2, at), bytes: Buffer.from(part.slice(at + 4, -2), 'latin1') };
    });
}

describe('[INT-02] images out by STOW-RS', () => {
  test('one request for each image: the file as it is, its syntax, the sign-in; connections are kept', async () => {
    const peer = await pacs();
    const {
      send,
      sender: made,
      incidents,
    } = sender(`${peer.url}/dicom-web/studies`, {
      basic: { username: '实验室', password: 'p:w' },
    });
    for (const one of [makeInstance({ pixelBytes: 2_000_000 }), makeInstance()]) {
      peer.behave(answer(200, stored(one.sopInstance)));
      expect(await send(one.file)).toMatchObject({
        kind: 'replied',
        said: { verdict: 'good', code: '0000' },
      });
      const taken = peer.taken.at(-1)!;
      const [part, ...others] = partsOf(taken);
      expect(others).toEqual([]);
      expect(part!.bytes.equals(one.file)).toBe(true);
      expect(part!.head).toBe(`Content-Type: application/dicom; transfer-syntax=${one.syntax}`);
      expect([taken.method, taken.url.pathname]).toEqual(['POST', '/dicom-web/studies']);
      expect(taken.headers['content-type']).toMatch(
        /^multipart\/related; type="application\/dicom"; boundary=/,
      );
      expect(taken.headers.accept).toBe('application/dicom+json');
      expect(Buffer.from(taken.headers.authorization!.slice(6), 'base64').toString()).toBe('实验室:p:w');
    }
    expect(new Set(peer.taken.map(({ connection }) => connection)).size).toBe(1);
    expect(made.connections()).toMatchObject([{ open: true, framesOut: 2, framesIn: 2, pending: 0 }]);
    expect(incidents).toEqual([]);
  });

  test('what is no image is not sent', async () => {
    const peer = await pacs();
    const { send } = sender(`${peer.url}/studies`);
    for (const bytes of [Buffer.alloc(0), Buffer.from('MSH|')])
      expect(await send(bytes)).toMatchObject({ said: { verdict: 'negative', code: 'not-dicom' } });
    expect(peer.taken).toEqual([]);
  });

  const uid = '1.2.3';
  test.each<[number, string, string, string]>([
    [200, stored(uid), 'good', '0000'],
    [202, stored(uid, { '00081196': { vr: 'US', Value: [0xb000] } }), 'good', 'B000'],
    [202, failed(uid, 0xa700), 'busy', 'A700'],
    [409, failed(uid, 0xc000), 'negative', 'C000'],
    [409, failed(uid, 0x0110), 'busy', '0110'],
    [409, failed(uid, 0x0111), 'good', '0111'],
    [200, stored('9.9.9'), 'good', 'HTTP 200'],
    [200, '', 'good', 'HTTP 200'],
    [204, '', 'good', 'HTTP 204'],
    [202, '<html>', 'busy', 'HTTP 202'],
    [400, '', 'negative', 'HTTP 400'],
    [409, '[null]', 'negative', 'HTTP 409'],
    [415, '', 'negative', 'HTTP 415'],
    [302, '', 'busy', 'HTTP 302'],
    [401, '', 'busy', 'HTTP 401'],
    [429, '', 'busy', 'HTTP 429'],
    [503, '', 'busy', 'HTTP 503'],
  ])('HTTP %i with %s is %s', (status, body, verdict, code) =>
    expect(judgeStow(status, Buffer.from(body), uid)).toMatchObject({ verdict, code }),
  );

  test('nobody there: not sent; no answer, half an answer or too much of one behind the whole image: unknown', async () => {
    const nobody = sender(`http://127.0.0.1:${await freePort()}/studies`);
    expect(await nobody.send(makeInstance().file)).toMatchObject({
      kind: 'not-sent',
      reason: 'ECONNREFUSED',
    });
    const peer = await pacs();
    const { send, incidents } = sender(`${peer.url}/studies`);
    const { file } = makeInstance();
    peer.behave({ kind: 'hang-up' });
    expect(await send(file)).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
    peer.behave({ kind: 'silent' });
    expect(await send(file, { timeoutMs: 80 })).toMatchObject({ kind: 'unknown', code: 'hub.peer.timeout' });
    peer.behave({ kind: 'cut', body: '{' });
    expect(await send(file)).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
    peer.behave(answer(200, 'x'.repeat(2_000_000)));
    expect(await send(file)).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
    expect(incidents.map(({ kind }) => kind)).toEqual(['send-failed']);
    peer.behave(answer(200));
    expect(await send(file)).toMatchObject({ said: { verdict: 'good' } });
  });

  test('a peer that hangs up in the middle of an image has not got it', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      let seen = 0;
      socket.on('data', (bytes: Buffer) => (seen += bytes.length) > 1_000_000 && socket.resetAndDestroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const { send } = sender(`http://127.0.0.1:${(server.address() as { port: number }).port}/studies`);
    expect(await send(makeInstance({ pixelBytes: 60_000_000 }).file)).toMatchObject({ kind: 'not-sent' });
  });

  test('closing ends what is under way', async () => {
    const peer = await pacs();
    peer.behave({ kind: 'silent' });
    const { send, sender: made } = sender(`${peer.url}/studies`);
    const sending = send(makeInstance().file, { timeoutMs: 600_000 });
    await peer.waitFor(1);
    await made.close();
    expect(await sending).toMatchObject({ kind: 'unknown' });
  });
});
