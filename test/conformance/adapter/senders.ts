import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalyserServer } from '../../peers/astm/analyser.ts';
import { CaServer } from '../../peers/ca/server.ts';
import { restSend, type Shared } from '../../peers/ca/settings.ts';
import { makeInstance } from '../../peers/dicom/instance.ts';
import { type Served, serveDicom } from '../../peers/dicom/listening.ts';
import { foreignDb } from '../../peers/foreign-db/foreign-db.ts';
import { HipPlatform } from '../../peers/hip/platform.ts';
import { ModbusSlave } from '../../peers/modbus/slave.ts';
import { brokerOf, listening } from '../../peers/mqtt/listening.ts';
import { answer, RestPeer } from '../../peers/rest/server.ts';
import { freePort } from '../../platform.ts';

/** The peer of a sender: takes messages, or takes them and says nothing. */
export interface SendPeer {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Settings with which nobody is there. */
  readonly nobody: Readonly<Record<string, unknown>>;
  readonly message: Uint8Array;
  readonly mediaType: string;
  readonly with?: Readonly<Record<string, string>>;
  /** How many messages it has. */
  taken(): Promise<number> | number;
  /** Whether anything of a message has reached it, where that is not what `taken` counts. */
  reached?(): boolean;
  /** From now on it answers nothing; absent where nobody ever does. */
  silence?(): void;
  close(): Promise<unknown>;
}

const mllp = async (): Promise<SendPeer> => {
  let taken = 0;
  let silent = false;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      taken += chunk.includes(0x1c) ? 1 : 0;
      if (!silent) socket.write('\x0bMSH|^~\\&|ACK\rMSA|AA|C1\r\x1c\r');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    settings: { host: '127.0.0.1', port: (server.address() as { port: number }).port },
    nobody: { host: '127.0.0.1', port: await freePort() },
    message: Buffer.from('MSH|^~\\&|A|B|C|D|20260302||ADT^A08|C1|P|2.4\r'),
    mediaType: 'text/plain',
    taken: () => taken,
    silence: () => void (silent = true),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
};

const soap = async (): Promise<SendPeer> => {
  const peer = await HipPlatform.listen();
  return {
    settings: { url: peer.url },
    nobody: { url: `http://127.0.0.1:${await freePort()}/x` },
    message: Buffer.from('<a/>'),
    mediaType: 'text/xml; charset=utf-8',
    with: { action: 'PatientInfoRegister' },
    taken: () => peer.received.length,
    silence: () => void (peer.treat = () => ({ kind: 'silent' })),
    close: () => peer.close(),
  };
};

const http = async (): Promise<SendPeer> => {
  const peer = await RestPeer.listen();
  peer.behave(answer(200, '{}'));
  return {
    settings: { url: `${peer.url}/api` },
    nobody: { url: `http://127.0.0.1:${await freePort()}/api` },
    message: Buffer.from('{"a":1}'),
    mediaType: 'application/json',
    taken: () => peer.taken.length,
    silence: () => peer.behave({ kind: 'silent' }),
    close: () => peer.close(),
  };
};

const astm = async (): Promise<SendPeer> => {
  const server = await AnalyserServer.listen();
  const timers = { replyMs: 60_000, receiveMs: 60_000, busyMs: 50, contentionMs: 100 };
  let taken = 0;
  return {
    settings: { host: '127.0.0.1', port: server.port, timers },
    nobody: { host: '127.0.0.1', port: await freePort(), timers },
    message: Buffer.from('H|\\^&|||X\rO|1|S-1\rL|1|N\r'),
    mediaType: 'text/x-astm',
    async taken() {
      const line = await server.line(1);
      await line.until(() => line.got.length > taken);
      taken = line.got.length;
      return taken;
    },
    reached: () => server.lines.some((line) => line.heard.includes('ENQ')),
    silence: () => void (server.replies = Array<'silent'>(1000).fill('silent')),
    close: () => server.close(),
  };
};

const dicom = async (): Promise<SendPeer> => {
  let silent = false;
  const served: Served = await serveDicom({
    accept: () => (silent ? new Promise(() => undefined) : Promise.resolve({ outcome: 'kept', results: [] })),
  });
  const to = (port: number) => ({ kind: 'dimse', dimse: { host: '127.0.0.1', port, calledAe: 'CYTOMESH' } });
  return {
    settings: to(served.listener.port),
    nobody: to(await freePort()),
    message: makeInstance().file,
    mediaType: 'application/dicom',
    taken: () => served.frames.length,
    silence: () => void (silent = true),
    close: () => served.listener.stop(0),
  };
};

const mqtt = async (): Promise<SendPeer> => {
  let silent = false;
  const broker = await listening(brokerOf(), {
    accept: () => (silent ? new Promise(() => undefined) : Promise.resolve({})),
  });
  const to = (port: number) => ({
    url: `mqtt://127.0.0.1:${port}`,
    username: 'fridge-1',
    password: 'secret-1',
    topic: 'lab/fridge-1/telemetry',
  });
  return {
    settings: to(broker.listener.port),
    nobody: to(await freePort()),
    message: Buffer.from('{"a":1}'),
    mediaType: 'application/json',
    taken: () => broker.frames.length,
    silence: () => void (silent = true),
    close: () => broker.stop(),
  };
};

const esign = async (): Promise<SendPeer> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-ca-'));
  const server = await CaServer.listen({ kind: 'RSA', secret: 'of-the-ca' });
  const shared: Shared = { secret: 'of-the-ca', reference: 'ours', ca: join(folder, 'ca.pem') };
  writeFileSync(shared.ca, server.ca.bundle);
  const settings = restSend(server, shared);
  const sha256 = createHash('sha256').update('a report').digest('hex');
  return {
    settings,
    nobody: { ...settings, url: `http://127.0.0.1:${await freePort()}/api` },
    message: Buffer.from(
      JSON.stringify({
        operation: 'sign',
        document: 'DOC-1',
        signer: '张医生',
        order: { placer: 'P-1' },
        hashes: { sha256 },
      }),
    ),
    mediaType: 'application/json',
    taken: () => server.requests.filter(({ operation }) => operation === 'sign').length,
    silence: () => void (server.fault = 'slow'),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

const file = async (): Promise<SendPeer> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-file-'));
  const out = join(folder, 'out');
  mkdirSync(out);
  return {
    settings: { folder: out },
    nobody: { folder: join(folder, 'nowhere') },
    message: Buffer.from('id\n1\n'),
    mediaType: 'text/csv',
    taken: () => readdirSync(out).filter((name) => !name.startsWith('.')).length,
    close: async () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
};

const dbview = async (): Promise<SendPeer> => {
  const db = await foreignDb('sqlite');
  await db.run('CREATE TABLE results (no TEXT PRIMARY KEY, value TEXT)');
  const table = { table: 'results', columns: ['no', 'value'], key: ['no'] };
  const nobody = { kind: 'postgres', host: '127.0.0.1', port: await freePort(), database: 'x', user: 'x' };
  return {
    settings: { connection: db.connection, ...table },
    nobody: { connection: nobody, ...table },
    message: Buffer.from('{"no":"1","value":"2"}'),
    mediaType: 'application/json',
    taken: async () => (await db.rows('SELECT * FROM results')).length,
    close: () => db.drop(),
  };
};

const modbus = async (): Promise<SendPeer> => {
  const slave = await ModbusSlave.listen();
  slave.unit(3).coils.set(5, 0);
  const to = (port: number) => ({
    host: '127.0.0.1',
    port,
    timeoutMs: 60_000,
    outputs: [{ output: 'horn', unit: 3, table: 'coil', address: 5 }],
  });
  return {
    settings: to(slave.port),
    nobody: to(await freePort()),
    message: Buffer.from('{"output":"horn","value":true}'),
    mediaType: 'application/json',
    reached: () => slave.requests.length > 0,
    taken: () => slave.requests.filter(({ code }) => code === 5 || code === 15).length,
    silence: () => slave.behave({ kind: 'silent' }),
    close: () => slave.close(),
  };
};

/** Every adapter that sends has its peer here. */
export const sendPeers: Readonly<Record<string, () => Promise<SendPeer>>> = {
  mllp,
  soap,
  http,
  astm,
  dicom,
  mqtt,
  esign,
  file,
  dbview,
  modbus,
};
