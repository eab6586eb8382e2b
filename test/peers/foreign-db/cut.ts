import { connect, createServer, type Server, type Socket } from 'node:net';

/** A wire to their server that can be cut, held and mended; the address to call is 127.0.0.1 and `port`. */
export class Cut {
  readonly port: number;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private open = true;
  private held = false;
  private last: string | undefined;

  private constructor(server: Server, port: number) {
    this.server = server;
    this.port = port;
  }

  static async to(host: string, port: number): Promise<Cut> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const cut = new Cut(server, (server.address() as { port: number }).port);
    server.on('connection', (near) => cut.join(near, connect(port, host)));
    return cut;
  }

  /** Ends every connection and refuses new ones. */
  cut(): void {
    this.open = false;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Nothing gets through any more, and nobody is told. */
  hold(): void {
    this.held = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Lets bytes with this word through to them, and nothing after it in either direction. */
  holdAfter(word: string): void {
    this.last = word;
  }

  mend(): void {
    this.last = undefined;
    this.open = true;
    this.held = false;
    for (const socket of this.sockets) socket.resume();
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private join(near: Socket, far: Socket): void {
    if (!this.open) {
      near.destroy();
      far.destroy();
      return;
    }
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (chunk) => {
        to.write(chunk);
        if (this.last !== undefined && from === near && chunk.includes(this.last)) this.hold();
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.held) from.pause();
    }
  }
}
