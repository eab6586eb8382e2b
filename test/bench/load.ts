import net from 'node:net';
import { frame } from '../peers/his/frame.ts';

/** A message ready to be sent and the answer that accepts it. */
export interface Shot {
  readonly frame: Buffer;
  readonly accepted: Buffer;
}

export const shotOf = (m: { bytes: Uint8Array; controlId: string }): Shot => ({
  frame: frame(m.bytes),
  accepted: Buffer.from(`MSA|AA|${m.controlId}`),
});

const endOfFrame = Buffer.of(0x1c, 0x0d);
const patienceMs = 60_000;

/** MLLP connections that cost little, so that what is measured is the platform: one message under way on each. */
export class Load {
  readonly latencies: number[] = [];
  negative = 0;
  private readonly peers: Peer[];

  private constructor(peers: Peer[]) {
    this.peers = peers;
  }

  static async open(connections: number, port: number): Promise<Load> {
    return new Load(await Promise.all(Array.from({ length: connections }, () => connect(port))));
  }

  /** Sends what `next` gives for so long; resolves when all that was sent is answered. */
  async send(ms: number, next: () => Shot | undefined): Promise<void> {
    const until = performance.now() + ms;
    this.latencies.length = 0;
    await Promise.all(this.peers.map((peer) => this.run(peer, until, next)));
  }

  private run(peer: Peer, until: number, next: () => Shot | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const silent = setInterval(() => {
        if (performance.now() - sentAt > patienceMs) reject(new Error('a message was not answered'));
      }, patienceMs / 10);
      let sentAt = performance.now();
      let shot: Shot;
      const fire = (): void => {
        const following = performance.now() < until ? next() : undefined;
        if (!following) {
          clearInterval(silent);
          resolve();
          return;
        }
        shot = following;
        sentAt = performance.now();
        peer.socket.write(shot.frame);
      };
      peer.answered = (answer) => {
        this.latencies.push(performance.now() - sentAt);
        if (!answer.includes(shot.accepted)) this.negative++;
        fire();
      };
      peer.socket.once('close', () => reject(new Error('the platform closed the connection')));
      fire();
    });
  }

  close(): void {
    for (const { socket } of this.peers) socket.removeAllListeners('close').destroy();
  }
}

interface Peer {
  readonly socket: net.Socket;
  /** Told of each whole answer. */
  answered: (answer: Buffer) => void;
}

function connect(port: number): Promise<Peer> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.alloc(16_384);
    let part: Buffer | undefined; // an answer that came in pieces
    const peer: Peer = {
      socket: net.connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer,
          callback: (n) => {
            const now = buffer.subarray(0, n);
            const answer = part ? Buffer.concat([part, now]) : now;
            part = undefined;
            if (answer.includes(endOfFrame)) peer.answered(answer);
            else part = Buffer.from(answer);
            return true;
          },
        },
      }),
      answered: () => undefined,
    };
    peer.socket.once('error', reject);
    peer.socket.once('connect', () => resolve(peer));
  });
}
