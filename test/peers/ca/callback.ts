import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapter } from '../../../adapters/esign/index.ts';
import type { InboundFrame, Reply } from '../../../contracts/adapter/port.ts';
import type { WireIncident } from '../../../contracts/adapter/wire.ts';
import { openWebHost } from '../../../nodes/hub/supervise/web-host.ts';
import { CaServer } from './server.ts';
import { callbackListen, restSend, type Shared } from './settings.ts';

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const kept: Reply = { outcome: 'kept', results: [{ id: 'm1', outcome: 'kept' }] };

/** The callback listener of the adapter over a real port, with a CA that asks a person first. */
export async function openCallback(
  options: {
    kind?: 'SM2' | 'RSA';
    settings?: Record<string, unknown>;
    accept?: (frame: InboundFrame) => Promise<Reply>;
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'esign-in-'));
  const server = await CaServer.listen({ kind: options.kind ?? 'SM2', secret: 'of-the-ca' });
  server.mode = 'async';
  const shared: Shared = { secret: 'of-the-ca', reference: 'ours', ca: join(folder, 'ca.pem') };
  writeFileSync(shared.ca, server.ca.bundle);
  const clock = { ahead: 0 };
  const now = () => Date.now() + clock.ahead;
  const web = openWebHost({ host: '127.0.0.1', port: 0, log, now });
  const frames: InboundFrame[] = [];
  const incidents: WireIncident[] = [];
  const incident = (one: WireIncident): void => void incidents.push(one);
  const common = { endpoint: 'ca', log, now, incident, web: web.host };
  const end = async (): Promise<void> => {
    await web.stop(0);
    await server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const listening = adapter.listen!({
    ...common,
    settings: { ...callbackListen(server, shared), ...options.settings },
    accept: (frame) => {
      frames.push(frame);
      return options.accept?.(frame) ?? Promise.resolve(kept);
    },
    mark: () => Promise.resolve(undefined),
    query: () => Promise.reject(new Error('not asked')),
  });
  listening.catch(() => end());
  const listener = await listening;
  await web.opened();
  const sender = adapter.connect!({ ...common, settings: restSend(server, shared) });
  return {
    server,
    shared,
    clock,
    frames,
    incidents,
    listener,
    web: web.host,
    url: `${web.host.url}/esign/ca`,
    results: () => frames.map((f) => JSON.parse(Buffer.from(f.bytes).toString()) as Record<string, unknown>),
    /** Asks for a signature; gives the transaction that waits for its person. */
    async ask(document: string, hash: string): Promise<string> {
      const hashes = { sm3: hash, sha256: hash };
      const order = { placer: `P-${document}` };
      const request = { operation: 'sign', document, signer: '张医生', order, hashes };
      await sender.send(Buffer.from(JSON.stringify(request)), {
        timeoutMs: 5000,
        matches: () => true,
        id: document,
        controlId: document,
        with: {},
        mediaType: 'application/json',
      });
      return server.waiting.at(-1)!;
    },
    /** Address that the last request named. */
    callbackUrl: () => server.requests.at(-1)!.fields.callbackUrl!,
    async close() {
      await sender.close();
      await listener.stop(0);
      await end();
    },
  };
}
