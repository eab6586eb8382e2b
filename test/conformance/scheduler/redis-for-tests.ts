import { connect, createServer, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';

export const redisPort = 6379;

/** True when the Redis of the tests answers, or must: on CI its absence is a failure. */
export function redisWanted(): Promise<boolean> {
  if (process.env.CI === 'true') return Promise.resolve(true);
  return new Promise((resolve) => {
    const socket = connect(redisPort, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Deletes what begins with the prefix: FLUSHALL as far as one test's keys go. */
export async function emptyRedis(prefix: string): Promise<number> {
  const redis = new Redis(redisPort, '127.0.0.1');
  const keys = await redis.keys(`${prefix}*`);
  const gone = keys.length === 0 ? 0 : await redis.del(keys);
  await redis.quit();
  return gone;
}

/** A way to Redis that can be cut and mended. */
export class Wire {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  port = 0;

  async open(): Promise<void> {
    this.server = createServer((near) => {
      const far = connect(redisPort, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.sockets.delete(one);
          other.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as { port: number }).port;
  }

  async cut(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }
}
