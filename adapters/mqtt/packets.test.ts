import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Packet } from 'mqtt-packet';
import { encode, PacketReader, type Version, type Violation } from './packets.ts';

const samples = JSON.parse(readFileSync(join(import.meta.dirname, 'samples/packets.json'), 'utf8')) as {
  name: string;
  version: Version;
  cmd: string;
  hex: string;
}[];

function reading(version?: Version, maxBytes = 1000) {
  const packets: Packet[] = [];
  const bad: Violation[] = [];
  const reader = new PacketReader(maxBytes, {
    packet: (packet) => packets.push(packet),
    bad: (violation) => bad.push(violation),
  });
  if (version !== undefined) reader.speak(version);
  return { reader, packets, bad };
}

test.each(samples)('$name is read the same whole and byte by byte', ({ version, cmd, hex }) => {
  const bytes = Buffer.from(hex, 'hex');
  const whole = reading(cmd === 'connect' ? undefined : version);
  whole.reader.push(Buffer.concat([bytes, cmd === 'connect' ? Buffer.of(0xc0, 0) : bytes]));
  const pieces = reading(cmd === 'connect' ? undefined : version);
  for (const byte of bytes) pieces.reader.push(Buffer.of(byte));
  expect([whole.packets.length, whole.packets[0]!.cmd, pieces.packets.length]).toEqual([2, cmd, 1]);
  expect(pieces.packets[0]).toEqual(whole.packets[0]);
  expect([...whole.bad, ...pieces.bad, whole.reader.buffered]).toEqual([0]);
});

test('a length inside a packet cannot reach into the next one', () => {
  const { reader, packets, bad } = reading(4);
  reader.push(Buffer.from('3005000a6c6162300500036c616278', 'hex'));
  expect([packets, bad]).toMatchObject([[], [{ kind: 'broken-packet', code: 0x81 }]]);
});

test('bytes that are not MQTT, too long, or of no version are told apart', () => {
  const kinds = (hex: string, version?: Version) => {
    const { reader, bad } = reading(version);
    reader.push(Buffer.from(hex, 'hex'));
    return bad.map(({ kind, code }) => [kind, code]);
  };
  expect(kinds('474554202f20485454502f312e31')).toEqual([['protocol-error', 0x82]]);
  expect(kinds('30ffffff7f', 4)).toEqual([['too-large', 0x95]]);
  expect(kinds('30ffffffff01', 4)).toEqual([['broken-packet', 0x81]]);
  expect(kinds('101000044d5154540902003c000463313233')).toEqual([['unsupported-version', 0x84]]);
  expect(kinds('3600', 4)).toEqual([['broken-packet', 0x81]]);
  expect(kinds('10')).toEqual([]);
});

test('acknowledgements are four bytes where there is nothing to say, and without reason codes before MQTT 5', () => {
  const ack = {
    cmd: 'puback',
    messageId: 258,
    reasonCode: 0x87,
    properties: { reasonString: 'no' },
  } as const;
  expect(encode(ack, 4).toString('hex')).toBe('40020102');
  expect(encode({ ...ack, reasonCode: 0, properties: {} }, 5).length).toBeGreaterThan(3);
  expect(encode({ cmd: 'pubrel', messageId: 1 }, 5).toString('hex')).toBe('62020001');
  expect(encode(ack, 5).toString('hex')).toContain('87');
});
