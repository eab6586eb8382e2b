import { generate, type Packet } from 'mqtt-packet';
import type { Random } from '../his/random.ts';

/** What a hostile or broken client may send, by kind. Each gives the pieces that are written one after another. */

interface Made {
  readonly kind: string;
  readonly pieces: Buffer[];
}

const maxBytes = 16_384;

function bytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.int(0, 255)));
}

function conversation(random: Random, version: 4 | 5, n: number): Buffer[] {
  const topic = random.pick(['lab/fridge-1/t', 'lab/fridge-2/t', 'lab/fridge-1/设备', 'x']);
  const packets: Packet[] = [
    {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clientId: `fuzz-${n}`,
      clean: random.chance(0.7),
      keepalive: random.pick([0, 1, 60, 65535]),
      username: 'fridge-1',
      password: Buffer.from('secret-1'),
      ...(random.chance(0.3) && {
        will: {
          topic: 'lab/fridge-1/will',
          payload: Buffer.from('w'),
          qos: random.pick([0, 1, 2] as const),
          retain: random.chance(0.5),
        },
      }),
      ...(version === 5 && {
        properties: { receiveMaximum: random.int(1, 20), sessionExpiryInterval: random.int(0, 9) },
      }),
    },
  ];
  for (let i = random.int(1, 6); i > 0; i--) {
    const messageId = random.int(1, 9);
    const filter = random.pick(['lab/#', 'lab/fridge-1/#', '#', 'lab/fridge-1/+']);
    packets.push(
      random.pick<Packet>([
        {
          cmd: 'publish',
          topic,
          payload: bytes(random, random.int(0, 40)),
          qos: 0,
          dup: false,
          retain: random.chance(0.2),
        },
        { cmd: 'publish', topic, payload: 'x', qos: 1, messageId, dup: random.chance(0.3), retain: false },
        { cmd: 'publish', topic, payload: 'y', qos: 2, messageId, dup: random.chance(0.3), retain: false },
        {
          cmd: 'subscribe',
          messageId,
          subscriptions: [{ topic: filter, qos: 1, ...(version === 5 && { nl: false, rap: false, rh: 0 }) }],
        },
        { cmd: 'unsubscribe', messageId, unsubscriptions: [filter] },
        { cmd: 'puback', messageId },
        { cmd: 'pubrec', messageId },
        { cmd: 'pubrel', messageId },
        { cmd: 'pubcomp', messageId },
        { cmd: 'pingreq' },
      ]),
    );
  }
  return packets.map((packet) => generate(packet, { protocolVersion: version }));
}

const lengthOf = (value: number, longest = 4): Buffer => {
  const out: number[] = [];
  for (let left = value; out.length < longest; left = Math.floor(left / 128)) {
    out.push((left % 128) | (left >= 128 ? 0x80 : 0));
    if (left < 128) break;
  }
  return Buffer.from(out);
};
const string = (value: Buffer): Buffer =>
  Buffer.concat([Buffer.of(value.length >> 8, value.length & 255), value]);
const packet = (first: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.of(first), lengthOf(body.length), body]);

type Make = (random: Random, sound: Buffer[], version: 4 | 5) => Buffer[];

const kinds: Readonly<Record<string, Make>> = {
  'bits turned over': (random, sound) => {
    const all = Buffer.concat(sound);
    for (let i = random.int(1, 8); i > 0; i--) {
      const at = random.int(0, all.length - 1);
      all[at] = all[at]! ^ (1 << random.int(0, 7));
    }
    return [all];
  },
  'cut short': (random, sound) => {
    const all = Buffer.concat(sound);
    return [all.subarray(0, random.int(1, all.length - 1))];
  },
  'wrong remaining length': (random, sound) => {
    const victim = random.int(0, sound.length - 1);
    const body = sound[victim]!.subarray(2);
    const length = random.pick([
      lengthOf(random.int(0, body.length + 20)),
      Buffer.of(255, 255, 255, 255, 1),
      Buffer.of(255, 255, 255, 127),
      Buffer.of(128, 128, 128, 128),
    ]);
    return [
      ...sound.slice(0, victim),
      Buffer.concat([sound[victim]!.subarray(0, 1), length, body]),
      ...sound.slice(victim + 1),
    ];
  },
  'noise after CONNECT': (random, [connect]) => [connect!, bytes(random, random.int(1, 300))],
  'noise alone': (random) => [bytes(random, random.int(1, 300))],
  'another protocol': (random) => [
    random.pick([
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      Buffer.from('\x0bMSH|^~\\&|A'),
      Buffer.from('160301020001', 'hex'),
    ]),
  ],
  'giant topic': (random, [connect]) => {
    const topic = Buffer.alloc(random.pick([2000, 15_000, 65_535]), random.pick(['a', '/', 'a/', '+']));
    return [connect!, packet(0x30, Buffer.concat([string(topic), Buffer.from('x')]))];
  },
  'giant packet': (random, [connect]) => [
    connect!,
    Buffer.of(0x30),
    lengthOf(maxBytes + random.int(1, 200_000_000)),
    Buffer.alloc(random.int(0, 5000)),
  ],
  'packets before CONNECT': (random, sound) => [
    ...sound.slice(1),
    ...(random.chance(0.5) ? [sound[0]!] : []),
  ],
  'CONNECT twice': (_, sound) => [...sound, sound[0]!],
  'topics that are none': (random, [connect], version) => {
    const topic = random.pick([
      Buffer.of(0xff, 0xfe),
      Buffer.of(0x61, 0),
      Buffer.from('lab/+/t'),
      Buffer.from('#'),
      Buffer.from('$SYS/x'),
      Buffer.of(0xed, 0xa0, 0x80),
      Buffer.alloc(0),
    ]);
    return [
      connect!,
      packet(0x30, Buffer.concat([string(topic), Buffer.alloc(version === 5 ? 1 : 0), Buffer.from('x')])),
    ];
  },
  'properties without end': (random, [connect]) => {
    const one = Buffer.concat([Buffer.of(38), string(Buffer.from('k')), string(Buffer.from('v'))]);
    const own = random.pick([
      Buffer.of(255),
      Buffer.of(35, 0, 0),
      Buffer.of(35, 0, 9, 35, 0, 9),
      Buffer.of(99, 1),
      Buffer.of(11, 255, 255, 255, 255),
    ]);
    const list = Buffer.concat([...Array<Buffer>(random.int(0, 1500)).fill(one), own]);
    const said = random.pick([lengthOf(list.length), lengthOf(list.length + 50), lengthOf(0)]);
    return [connect!, packet(0x30, Buffer.concat([string(Buffer.from('lab/fridge-1/t')), said, list]))];
  },
  flood: (random, [connect]) => [
    connect!,
    Buffer.concat(
      Array<Buffer>(random.int(100, 800)).fill(
        random.pick([
          Buffer.of(0xc0, 0),
          Buffer.of(0x62, 2, 0, 9),
          packet(0x82, Buffer.concat([Buffer.of(0, 1), string(Buffer.from('lab/fridge-1/#')), Buffer.of(1)])),
          packet(0x30, Buffer.concat([string(Buffer.from('lab/fridge-1/t')), Buffer.from('x')])),
        ]),
      ),
    ),
  ],
  'byte by byte': (_, sound) => Array.from(Buffer.concat(sound), (byte) => Buffer.of(byte)),
  'reserved flags': (random, [connect]) => [
    connect!,
    Buffer.of(random.pick([0x01, 0x36, 0x80, 0x60, 0xa0, 0xf1, 0xc5]), 2, 0, 1),
  ],
};

export const hostileLimit = maxBytes;

export function hostile(random: Random, n: number): Made {
  const version = random.pick([4, 5] as const);
  const kind = random.pick(Object.keys(kinds));
  return { kind, pieces: kinds[kind]!(random, conversation(random, version, n), version) };
}
