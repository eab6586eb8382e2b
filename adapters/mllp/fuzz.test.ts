import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, test } from '@jest/globals';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { formats } from '../../mappings/formats.generated.ts';
import { besiege, megabytes } from '../../test/conformance/adapter/hostile.ts';
import { Stand, talk, until } from '../../test/conformance/adapter/stand.ts';
import { seeded } from '../../test/peers/his/random.ts';
import { adapter } from './index.ts';

/** What the siege did is found again by the seed. */
const seed = 846_0101;
const cases = 2400;

const folder = new URL('../../test/fixtures/hl7v2/', import.meta.url);
const messages = readdirSync(folder)
  .filter((name) => name.endsWith('.hl7'))
  .map((name) => readFileSync(new URL(name, folder)))
  .filter((bytes) => bytes.length < 20_000);
const framed = messages.map((bytes) =>
  Buffer.concat([Buffer.from([0x0b]), bytes, Buffer.from([0x1c, 0x0d])]),
);
const endpoint = {
  endpoint: 'his',
  decode: { mode: 'auto', charset: 'GB18030' },
  ack: { mode: 'auto' },
  lane: 'patient',
} as EndpointDef;

let stand: Stand;
afterAll(() => stand?.close());

test(`[INT-02] ${cases} hostile peers: what is kept is read or refused with a reason, and a good one is answered after them`, async () => {
  stand = new Stand(
    adapter,
    { host: '127.0.0.1', port: 0, maxFrameBytes: 30_000, maxConnections: 20 },
    { bytes: Buffer.from('MSH|ACK') },
  );
  const listener = await stand.start();
  const { port } = listener;
  const before = megabytes();
  await besiege(port, cases, framed, seeded(seed));

  const format = formats.get('hl7v2')!;
  for (const { bytes, oddities, broken } of stand.kept) {
    if (broken) expect(broken.reason).not.toBe('');
    const { messages: read } = format.read({ bytes, oddities }, endpoint);
    for (const { unsound } of read) if (unsound) expect(JSON.stringify(unsound.data)).toMatch(/.{10}/);
  }
  expect(stand.kept.length).toBeGreaterThan(cases / 100);
  expect(stand.incidents.length).toBeGreaterThan(cases / 100);
  expect(stand.incidents.filter(({ reason, kind }) => reason === '' || kind === '')).toEqual([]);
  expect(new Set(stand.incidents.map(({ kind }) => kind))).toContain('connection-limit');

  const good = () => talk(port, framed[0]!, (got) => got.includes(0x1c));
  await until(() => listener.connections().every((c) => !c.open), 'all of them gone');
  expect(await good()).toBe(true);
  expect(megabytes() - before).toBeLessThan(300);
}, 120_000);
