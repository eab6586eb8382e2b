import { connect } from 'node:net';
import type { Random } from '../../peers/his/random.ts';

const scraps = [
  '\0',
  '\x0b',
  '\x1c\r',
  '\r\n\r\n',
  '\ufeff',
  '\x02\x05\x15',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '{"a":',
  '%00',
  '||||',
];

/** One of the sound beginnings, spoiled: cut, flipped, doubled, stretched, mixed, or nothing of it left. */
export function spoiled(bases: readonly Buffer[], random: Random): Buffer {
  let bytes = Buffer.from(random.pick(bases));
  for (let n = random.int(0, 3); n > 0; n--) {
    const at = random.int(0, bytes.length);
    const to = Math.min(bytes.length, at + random.int(0, 40));
    const [head, mid, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
    switch (random.int(0, 7)) {
      case 0:
        bytes = Buffer.from(head);
        break;
      case 1:
        bytes = Buffer.concat([head, tail]);
        break;
      case 2:
        bytes = Buffer.concat([head, mid, mid, mid, tail]);
        break;
      case 3:
        bytes = Buffer.concat([head, Buffer.from(random.pick(scraps)), tail]);
        break;
      case 4:
        bytes = Buffer.concat([head, Buffer.from(random.pick(bases)).subarray(random.int(0, 30))]);
        break;
      case 5:
        bytes = Buffer.concat([head, Buffer.alloc(random.int(1, 20_000), random.int(0, 255)), tail]);
        break;
      case 6:
        bytes = Buffer.concat([
          head,
          Buffer.from(Array.from({ length: random.int(1, 60) }, () => random.int(0, 255))),
          tail,
        ]);
        break;
      default:
        if (bytes.length > 0) {
          const last = Math.max(0, to - 1);
          bytes.writeUInt8(bytes.readUInt8(last) ^ (1 << random.int(0, 7)), last);
        }
    }
  }
  return bytes;
}

/**
 * So many peers, 24 at a time: each writes what is spoiled, whole, in pieces or slowly, and ends, vanishes, or waits for an answer a moment.
 */
export async function besiege(
  port: number,
  cases: number,
  bases: readonly Buffer[],
  random: Random,
): Promise<void> {
  let left = cases;
  const peer = async (): Promise<void> => {
    while (left-- > 0) await one(port, spoiled(bases, random), random.int(0, 3), random.int(0, 2));
  };
  await Promise.all(Array.from({ length: 24 }, peer));
}

function one(port: number, bytes: Buffer, pieces: number, ending: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const done = (): void => {
      clearTimeout(late);
      socket.destroy();
      resolve();
    };
    const late = setTimeout(done, 120);
    socket.on('error', done);
    socket.on('close', done);
    socket.on('data', done);
    socket.on('connect', () => {
      const size = Math.max(1, Math.ceil(bytes.length / (pieces + 1)));
      for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
      if (ending === 0) socket.end();
      if (ending === 1) socket.write('', done);
    });
  });
}

/** Megabytes in use now. */
export const megabytes = (): number => process.memoryUsage().rss / 1048576;
