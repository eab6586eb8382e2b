import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { classes, makeInstance, sequence, syntaxes } from '../../test/peers/dicom/instance.ts';
import { dial, serveDicom } from '../../test/peers/dicom/listening.ts';
import { type Random, seeded } from '../../test/peers/his/random.ts';
import { acceptPdu, readRequest, requestPdu } from './associate.ts';
import { type Command, commands, echoRequest, replyTo, storeRequest } from './command.ts';
import { adapter } from './index.ts';
import { dataPdus, encodePdu, type Pdu, PduReader, pduType, releaseRequest } from './pdu.ts';
import { modalityWorklist, verification } from './uid.ts';

/** Kept: a failure is found again by it. */
const seed = 846_0011;
const cases = 2400;
const atOnce = 12;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const contexts = [
  { id: 1, abstract: verification, syntaxes: [syntaxes.implicit] },
  { id: 3, abstract: classes.microscopy, syntaxes: [syntaxes.explicit] },
  { id: 5, abstract: modalityWorklist, syntaxes: [syntaxes.explicit] },
  { id: 7, abstract: classes.ct, syntaxes: ['1.2.840.10008.1.2.1.99'] },
];
const max = 4096;
const nested = (depth: number): Buffer =>
  depth === 0 ? Buffer.alloc(0) : sequence('00400275', [nested(depth - 1)]);

/** What a sound peer writes, unit by unit. */
function conversation(chance: Random): Buffer[] {
  const image = makeInstance({
    accession: 'O26-000001',
    specimens: ['S-1', 'S-2'],
    charset: chance.pick([undefined, 'GB18030', 'ISO_IR 192', '\\ISO 2022 IR 58', 'NO SUCH']) as string,
    pixelBytes: chance.int(0, 9000),
    more: chance.chance(0.05) ? [nested(chance.int(1, 40))] : [],
  });
  const [context, abstract] = chance.pick([
    [3, image.sopClass],
    [7, classes.ct],
  ] as const);
  const store = [
    dataPdus(context, storeRequest(abstract, image.sopInstance, 2), true, max),
    dataPdus(context, image.dataset, false, max),
  ];
  const find = Buffer.from(storeRequest(modalityWorklist, '1.2.3', 3));
  find.writeUInt16LE(commands.findRequest, find.indexOf(Buffer.from([0, 0, 0, 1, 2, 0, 0, 0])) + 8);
  return [
    requestPdu('CYTOMESH', 'SCOPE1', contexts, chance.pick([0, 1, 128, 16_384])),
    ...chance.pick([
      [dataPdus(1, echoRequest(verification, 1), true, max)],
      store,
      [dataPdus(5, find, true, max), dataPdus(5, image.dataset.subarray(0, 60), false, max)],
    ]),
    releaseRequest(),
  ];
}

const spice = [
  'ffffffff',
  '00000000',
  '7fffffff',
  'feff00e0',
  'feffdde0',
  '5343',
  '0400',
  'fe',
  '0700000000040000',
].map((hex) => Buffer.from(hex, 'hex'));

/** The units in another order, or their bytes changed, cut, doubled, mixed. */
function mutated(units: Buffer[], chance: Random): Buffer {
  const order = [...units];
  if (chance.chance(0.15)) order.splice(chance.int(0, order.length - 1), 1);
  if (chance.chance(0.15)) order.splice(chance.int(0, order.length), 0, chance.pick(units));
  if (chance.chance(0.05)) order.reverse();
  if (chance.chance(0.05)) order.splice(1, 0, encodePdu(chance.int(0, 9), Buffer.alloc(chance.int(0, 70))));
  let bytes = Buffer.concat(order);
  for (let times = chance.int(0, 3); times > 0; times--) {
    const at = chance.int(0, bytes.length);
    const way = chance.int(0, 4);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    if (way === 0) bytes = Buffer.from(before);
    else if (way === 1) bytes = Buffer.concat([before, after.subarray(chance.int(1, 40))]);
    else if (way === 2) bytes = Buffer.concat([before, chance.pick(spice), after]);
    else if (way === 3) bytes = Buffer.concat([before, chance.pick(spice), after.subarray(4)]);
    else if (at < bytes.length) {
      bytes = Buffer.from(bytes);
      bytes[at] = bytes[at]! ^ (1 << chance.int(0, 7));
    }
  }
  return bytes;
}

async function inTurns(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

const bound = (): number => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
};

test(`[INT-02] ${cases} spoiled conversations: the listener answers or says why, keeps no bytes, and goes on`, async () => {
  const chance = seeded(seed);
  const { listener, incidents, headers, frames } = await serveDicom({
    settings: { associateMs: 600_000, maxBufferedBytes: 50_000_000 },
    query: async () => ({ items: [] }),
  });
  cleanups.push(() => listener.stop(0));
  const ended = new Map<string, number[]>();
  const before = bound();
  await inTurns(cases, async () => {
    const bytes = mutated(conversation(chance), chance);
    const peer = await dial(listener.port);
    const name = `127.0.0.1:${peer.socket.localPort}`;
    for (let at = 0; at < bytes.length; ) {
      const size = chance.chance(0.3) ? chance.int(1, 300) : bytes.length;
      peer.socket.write(bytes.subarray(at, at + size));
      at += size;
    }
    peer.socket.end();
    await peer.closed();
    ended.set(name, bytes.length === 0 ? [0] : peer.types());
  });
  const told = new Set(incidents.map(({ peer }) => peer));
  const silent = [...ended].filter(
    ([peer, types]) => !told.has(peer) && ![0, 3, 6, 7].includes(types.at(-1) ?? -1),
  );
  expect(silent).toEqual([]);
  expect(frames.length).toBeGreaterThan(cases / 20);
  for (const header of headers())
    expect(header).toMatchObject({ digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(new Set(incidents.map(({ kind }) => kind))).not.toContain('failed');
  const held = listener.connections().filter(({ open, buffered, pending }) => open || buffered || pending);
  expect(held).toEqual([]);
  frames.length = 0;
  incidents.length = 0;
  expect(bound() - before).toBeLessThan(150);
  const last = await dial(listener.port);
  last.socket.write(Buffer.concat(conversation(seeded(1))));
  await last.got(6);
  last.socket.destroy();
}, 120_000);

/** A peer that accepts and answers as it should, and spoils what it says. */
function spoiler(chance: Random): (socket: Socket) => void {
  return (socket) => {
    const reader = new PduReader(() => 10_000_000);
    let count = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      for (let next = reader.next(); next !== undefined && 'type' in next; next = reader.next()) {
        const units = answerTo(next, count);
        if (units === undefined) continue;
        count++;
        const bytes = chance.chance(0.6) ? units : mutated([units], chance);
        socket.write(bytes);
        if (!bytes.equals(units)) socket.end();
      }
    });
  };
}

function answerTo({ type, body }: Pdu, count: number): Buffer | undefined {
  if (type === pduType.associateRequest) {
    const results = [1, 3].map((id) => ({
      id,
      result: 0 as const,
      syntax: id === 1 ? syntaxes.implicit : syntaxes.explicit,
    }));
    return acceptPdu(readRequest(body)!, results, 16_384);
  }
  if (type !== pduType.data || (body[5]! & 3) !== 2) return undefined;
  const request = { field: commands.storeRequest, messageId: count, sopClass: '', sopInstance: '' };
  return dataPdus(3, replyTo(request as Command, { status: 0 }), true, 16_384);
}

test('[INT-02] 600 spoiled answers: the sender says what became of each, and goes on', async () => {
  const chance = seeded(seed + 1);
  const server = createServer(spoiler(chance));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const quiet = () => undefined;
  const { port } = server.address() as { port: number };
  const out = adapter.connect!({
    endpoint: 'pacs',
    settings: {
      kind: 'dimse',
      dimse: { host: '127.0.0.1', port, calledAe: 'PACS', echo: false, connectMs: 100 },
    },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: Date.now,
    incident: quiet,
    web: { mount: () => quiet, url: '' },
  });
  cleanups.push(async () => {
    await out.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const kinds = new Map<string, number>();
  for (let i = 0; i < 600; i++) {
    const outcome = await out.send(makeInstance().file, {
      timeoutMs: 100,
      matches: () => true,
      id: `d${i}`,
      controlId: '',
      with: {},
      mediaType: 'application/dicom',
    });
    if (outcome.kind !== 'replied') expect(outcome.reason).not.toBe('');
    kinds.set(outcome.kind, (kinds.get(outcome.kind) ?? 0) + 1);
  }
  expect([...kinds.keys()].sort()).toEqual(['not-sent', 'replied', 'unknown']);
  expect(out.connections().length).toBeLessThan(10);
}, 120_000);
