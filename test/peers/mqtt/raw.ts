import { connect, type Socket } from 'node:net';
import { generate, type IConnectPacket, type IPublishPacket, type Packet, parser } from 'mqtt-packet';

type Cmd = Packet['cmd'];
type Of<C extends Cmd> = Extract<Packet, { cmd: C }>;

/** A client that sends exactly the packets it is told, and keeps what it is sent. */
export class RawClient {
  readonly socket: Socket;
  readonly packets: Packet[] = [];
  closed = false;
  private readonly version: 4 | 5;
  private readonly waiting: (() => void)[] = [];

  private constructor(socket: Socket, version: 4 | 5) {
    this.socket = socket;
    this.version = version;
    const read = parser({ protocolVersion: version });
    read.on('packet', (packet) => {
      this.packets.push(packet);
      this.poke();
    });
    socket.on('data', (chunk: Buffer) => read.parse(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.poke();
    });
  }

  static open(port: number, version: 4 | 5 = 4): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawClient(socket, version)));
    });
  }

  /** Opens, sends CONNECT and waits for its answer. */
  static async signIn(
    port: number,
    { version = 4, ...given }: Partial<Omit<IConnectPacket, 'cmd'>> & { version?: 4 | 5 } = {},
  ): Promise<RawClient> {
    const client = await RawClient.open(port, version);
    client.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clientId: 'raw',
      clean: true,
      keepalive: 60,
      username: 'fridge-1',
      password: Buffer.from('secret-1'),
      ...given,
    });
    await client.next('connack');
    return client;
  }

  send(...packets: Packet[]): void {
    const bytes = packets.map((packet) => generate(packet, { protocolVersion: this.version }));
    this.socket.write(Buffer.concat(bytes));
  }

  publish(topic: string, payload: string | Buffer, more: Partial<IPublishPacket> = {}): void {
    this.send({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false, ...more });
  }

  /** Takes the first packet of that kind, waiting for it; rejects where the connection ends before. */
  async next<C extends Cmd>(cmd: C): Promise<Of<C>> {
    await this.until(() => this.closed || this.packets.some((p) => p.cmd === cmd));
    const at = this.packets.findIndex((p) => p.cmd === cmd);
    if (at < 0) throw new Error(`closed before ${cmd}; got ${this.packets.map((p) => p.cmd).join(', ')}`);
    return this.packets.splice(at, 1)[0] as Of<C>;
  }

  async gone(): Promise<void> {
    await this.until(() => this.closed);
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => (holds() ? resolve() : void this.waiting.push(check));
      check();
    });
  }

  end(): void {
    this.socket.destroy();
  }

  private poke(): void {
    for (const check of this.waiting.splice(0)) check();
  }
}
