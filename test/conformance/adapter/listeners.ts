import { createHash } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapter as dicom } from '../../../adapters/dicom/index.ts';
import { adapter as signature } from '../../../adapters/esign/index.ts';
import type { Reply, SendOptions } from '../../../contracts/adapter/port.ts';
import type { WebHost } from '../../../contracts/adapter/web.ts';
import { Analyser } from '../../peers/astm/analyser.ts';
import { CaServer } from '../../peers/ca/server.ts';
import { callbackListen, restSend, type Shared } from '../../peers/ca/settings.ts';
import { makeInstance } from '../../peers/dicom/instance.ts';
import { foreignDb } from '../../peers/foreign-db/foreign-db.ts';
import { callHip } from '../../peers/hip/client.ts';
import { ModbusSlave } from '../../peers/modbus/slave.ts';
import { devices } from '../../peers/mqtt/listening.ts';
import { RawClient } from '../../peers/mqtt/raw.ts';
import { freePort } from '../../platform.ts';
import { type Place, talk } from './stand.ts';

const quiet = (): void => undefined;
const digest = createHash('sha256').update('a report').digest('hex');
/** Of a sender that plays the peer. */
const apart = {
  endpoint: 'peer',
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  now: Date.now,
  incident: quiet,
};
const webOf = (address: string): WebHost => ({ url: new URL(address).origin, mount: () => quiet });
const delivery = (id: string, mediaType: string): SendOptions => ({
  timeoutMs: 60_000,
  matches: () => true,
  id,
  controlId: '',
  with: {},
  mediaType,
});

/** One peer of a listener: how a message is sent, and how half of one is. */
export interface ListenPeer {
  /** Of one place, kept over restarts. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What is answered, where the protocol carries the answer. */
  readonly reply?: Partial<Reply>;
  /** We fetch: nobody waits for an answer, and what was not kept is fetched again. */
  readonly fetched?: boolean;
  /** Several may stand at one place, as nodes do. */
  readonly shared?: boolean;
  /** What is fetched is a state, sampled for ever; it has no number. */
  readonly sampled?: boolean;
  /** Sends message `CONF-<n>`; whether the peer heard that it is kept. Where we fetch, it lies ready. */
  send(n: number, at: Place): Promise<boolean>;
  /** Half a message, then the peer is gone; absent where a message cannot come in half. */
  half?(at: Place): Promise<unknown>;
  close?(): Promise<void>;
}

const post = (url: string, body: string, headers: Record<string, string> = {}): Promise<boolean> =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }).then(
    (answer) => answer.ok,
    () => false,
  );

/** A request that promises more than it brings. */
const halfPost = (address: string): Promise<boolean> => {
  const { port, pathname } = new URL(address);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"half":`;
  return talk(Number(port), Buffer.from(head), () => false, true);
};

const mllp = async (): Promise<ListenPeer> => {
  const message = (n: number): string => `MSH|^~\\&|A|B|C|D|20260302||ADT^A08|CONF-${n}|P|2.4\r`;
  return {
    settings: { host: '127.0.0.1', port: await freePort() },
    reply: { bytes: Buffer.from('MSH|ACK') },
    send: (n, { port }) =>
      talk(port, Buffer.from(`\x0b${message(n)}\x1c\r`), (got) => got.includes('\x1c\r')),
    half: ({ port }) => talk(port, Buffer.from(`\x0b${message(0)}`), () => false, true),
  };
};

const soap = async (): Promise<ListenPeer> => ({
  settings: { path: '/soap/hip' },
  reply: { bytes: Buffer.from('<ok/>') },
  send: (n, { address }) =>
    callHip(address, 'PatientInfoRegister', `<a id="CONF-${n}"/>`).then(
      ({ status }) => status === 200,
      () => false,
    ),
  half: ({ address }) => halfPost(address),
});

const http = async (): Promise<ListenPeer> => ({
  settings: { path: 'lab' },
  reply: { bytes: Buffer.from('{}') },
  send: (n, { address }) => post(address, `{"n":"CONF-${n}"}`),
  half: ({ address }) => halfPost(address),
});

const astm = async (): Promise<ListenPeer> => {
  const timers = { replyMs: 2000, receiveMs: 2000, busyMs: 50, contentionMs: 100 };
  const message = (n: number): Buffer => Buffer.from(`H|\\^&|||X\rO|1|CONF-${n}\rL|1|N\r`);
  const via = async (port: number, use: (peer: Analyser) => Promise<boolean>): Promise<boolean> => {
    const peer = await Analyser.connect(port).catch(() => undefined);
    const good = peer ? await use(peer) : false;
    peer?.hangUp();
    return good;
  };
  return {
    settings: { host: '127.0.0.1', port: await freePort(), timers },
    send: (n, { port }) => via(port, (peer) => peer.send(message(n), { tries: 1, replyMs: 30_000 })),
    half: ({ port }) => via(port, (peer) => peer.send(message(0), { cutWithin: 2 })),
  };
};

const imaging = async (): Promise<ListenPeer> => {
  const port = await freePort();
  return {
    settings: { host: '127.0.0.1', port, worklist: {} },
    async send(n) {
      const settings = { kind: 'dimse', dimse: { host: '127.0.0.1', port, calledAe: 'CYTOMESH' } };
      const sender = dicom.connect!({ ...apart, settings, web: webOf('http://127.0.0.1') });
      const { file } = makeInstance({ accession: `CONF-${n}` });
      const outcome = await sender.send(file, delivery(`d${n}`, 'application/dicom'));
      await sender.close();
      return outcome.kind === 'replied' && outcome.said?.verdict === 'good';
    },
    half: () => talk(port, Buffer.from([1, 0, 0, 0, 1, 0, 0, 1, 0, 0]), () => false, true),
  };
};

const mqtt = async (): Promise<ListenPeer> => {
  const via = async (port: number, use: (peer: RawClient) => Promise<unknown>): Promise<boolean> => {
    try {
      const peer = await RawClient.signIn(port);
      await use(peer).finally(() => peer.end());
      return true;
    } catch {
      return false;
    }
  };
  return {
    settings: { broker: { host: '127.0.0.1', port: await freePort(), devices } },
    send: (n, { port }) =>
      via(port, (peer) => {
        peer.publish('lab/fridge-1/telemetry', `CONF-${n}`, { qos: 1, messageId: 1 });
        return peer.next('puback');
      }),
    half: ({ port }) => talk(port, Buffer.from([0x10, 0x40, 0, 4, 0x4d, 0x51]), () => false, true),
  };
};

const esign = async (): Promise<ListenPeer> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-ca-'));
  const server = await CaServer.listen({ kind: 'RSA', secret: 'of-the-ca' });
  server.mode = 'async';
  const shared: Shared = { secret: 'of-the-ca', reference: 'ours', ca: join(folder, 'ca.pem') };
  writeFileSync(shared.ca, server.ca.bundle);
  return {
    settings: callbackListen(server, shared),
    async send(n, { address }) {
      const sender = signature.connect!({
        ...apart,
        settings: restSend(server, shared),
        web: webOf(address),
      });
      const document = `CONF-${n}`;
      const request = {
        operation: 'sign',
        document,
        signer: '张医生',
        order: { placer: 'P' },
        hashes: { sha256: digest },
      };
      await sender.send(Buffer.from(JSON.stringify(request)), delivery(document, 'application/json'));
      await sender.close();
      return server.confirm(server.waiting.at(-1)!).then(
        (status) => status === 200,
        () => false,
      );
    },
    half: ({ address }) => halfPost(address),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

const file = async (): Promise<ListenPeer> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-file-'));
  return {
    settings: { folder, pollMs: 20, stableMs: 0, takeBackMs: 200 },
    fetched: true,
    shared: true,
    async send(n) {
      const name = `CONF-${n}.csv`;
      writeFileSync(join(folder, `.${name}`), `id\nCONF-${n}\n`);
      renameSync(join(folder, `.${name}`), join(folder, name));
      return true;
    },
    close: async () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
};

const dbview = async (): Promise<ListenPeer> => {
  const db = await foreignDb('sqlite');
  await db.run('CREATE TABLE orders (no TEXT PRIMARY KEY, at TEXT)');
  return {
    settings: {
      connection: db.connection,
      view: 'orders',
      key: ['no'],
      mark: ['at'],
      clock: 'none',
      every: 0.05,
      backfill: 'all',
    },
    fetched: true,
    shared: true,
    async send(n) {
      await db.run(
        `INSERT INTO orders VALUES ('CONF-${n}', '2026-03-02T08:00:${String(n).padStart(2, '0')}')`,
      );
      return true;
    },
    close: () => db.drop(),
  };
};

const modbus = async (): Promise<ListenPeer> => {
  const slave = await ModbusSlave.listen();
  slave.unit(1).set('input', 1, 215, 555);
  return {
    settings: {
      host: '127.0.0.1',
      port: slave.port,
      timeoutMs: 200,
      everySeconds: 0.1,
      devices: [{ device: 'ROOM-1', unit: 1, driver: 'xy-md02' }],
    },
    fetched: true,
    shared: true,
    sampled: true,
    send: async () => true,
    close: () => slave.close(),
  };
};

/** Every adapter that listens has its peer here. */
export const listenPeers: Readonly<Record<string, () => Promise<ListenPeer>>> = {
  mllp,
  soap,
  http,
  astm,
  dicom: imaging,
  mqtt,
  esign,
  file,
  dbview,
  modbus,
};
