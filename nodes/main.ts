import { createServer } from 'node:net';
import { isFault } from '../contracts/kernel/fault.ts';
import { type Config, loadConfig } from './kit/config.ts';
import { createLog } from './kit/log.ts';
import { startPlatform } from './platform.ts';

/** First free port from `port` on. */
async function freePort(port: number, taken: ReadonlySet<number>): Promise<number> {
  for (let p = port; p < port + 200; p++) {
    if (taken.has(p)) continue;
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(p, () => probe.close(() => resolve(true)));
    });
    if (free) return p;
  }
  return port;
}

/** In demo mode a default port that is taken moves to the next free one; a port that was asked for is never moved. */
async function ports(config: Config): Promise<{ http: number; mllp: number; his: number }> {
  const move = config.demo;
  const http =
    move && !config.given.has('CYTOMESH_HTTP_PORT')
      ? await freePort(config.httpPort, new Set())
      : config.httpPort;
  const mllp =
    move && !config.given.has('CYTOMESH_MLLP_PORT')
      ? await freePort(config.mllpPort, new Set([http]))
      : config.mllpPort;
  const own = config.demo && !config.given.has('CYTOMESH_DEMO_HIS_PORT');
  const his = own ? await freePort(config.demoHisPort, new Set([http, mllp])) : config.demoHisPort;
  return { http, mllp, his };
}

/** What `$name` stands for in the texts of endpoints. */
function settingsOf(
  { mllpTls: tls }: Config,
  { mllp, his }: { mllp: number; his: number },
): Record<string, unknown> {
  const secured = tls && {
    mllpTlsPort: tls.port,
    mllpTlsCert: tls.cert,
    mllpTlsKey: tls.key,
    mllpTlsCa: tls.ca,
  };
  return { mllpPort: mllp, hisPort: his, ...secured };
}

async function main(): Promise<void> {
  const began = performance.now();
  const loaded = loadConfig(process.env);
  const chosen = await ports(loaded);
  const config: Config = { ...loaded, httpPort: chosen.http };
  const log = createLog({ level: config.logLevel, nodeId: config.nodeId });
  const platform = await startPlatform(config, log, { settings: settingsOf(config, chosen) });

  let stopDemo: (() => Promise<unknown>) | undefined;
  if (config.demo && config.demoTraffic && platform.hub) {
    const { startDemoHis } = await import('../test/peers/his/live.ts');
    const his = await startDemoHis({ mllpPort: chosen.mllp, receivePort: chosen.his, ratePerMinute: 3 });
    stopDemo = () => his.stop();
  }
  say(config, platform.httpPort, chosen, performance.now() - began);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), 30_000).unref();
    await stopDemo?.();
    await platform.stop();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
}

function say(config: Config, http: number, { mllp, his }: { mllp: number; his: number }, ms: number): void {
  const lines = [`Cytomesh is ready · 已就绪 (${(ms / 1000).toFixed(1)} s)`];
  if (http)
    lines.push(
      `  portal   门户    http://localhost:${http}/`,
      `  API      接口    http://localhost:${http}/docs`,
    );
  lines.push(`  MLLP             port ${mllp}`);
  if (config.demo)
    lines.push(
      `  demo     演示    sign in as planner or engineer, password Cytomesh#Demo1`,
      `  HIS      模拟 HIS sends to ${mllp}, answers on ${his}`,
    );
  console.log(lines.join('\n'));
}

main().catch((error: unknown) => {
  console.error(isFault(error) ? error.message : error);
  process.exit(1);
});
