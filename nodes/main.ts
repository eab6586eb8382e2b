import { createServer } from 'node:net';
import { isFault } from '../contracts/kernel/fault.ts';
import type { SettingName } from './kit/config.settings.ts';
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

/** Every port this process may open: the setting that names it, and its value. */
const portsOf = (c: Config) =>
  ({
    http: ['CYTOMESH_HTTP_PORT', c.httpPort],
    interface: ['CYTOMESH_INTERFACE_PORT', c.interfacePort],
    mllp: ['CYTOMESH_MLLP_PORT', c.mllpPort],
    mqtt: ['CYTOMESH_MQTT_PORT', c.mqttPort],
    dicom: ['CYTOMESH_DICOM_PORT', c.dicomPort],
    his: ['CYTOMESH_DEMO_HIS_PORT', c.demoHisPort],
  }) as const satisfies Record<string, readonly [SettingName, number]>;
type Ports = Record<keyof ReturnType<typeof portsOf>, number>;

/** In demo mode a default port that is taken moves to the next free one; a port that was asked for is never moved. */
async function ports(config: Config): Promise<Ports> {
  const taken = new Set<number>();
  const chosen: Partial<Ports> = {};
  for (const [name, [setting, port]] of Object.entries(portsOf(config))) {
    const moves = config.demo && !config.given.has(setting);
    const found = moves ? await freePort(port, taken) : port;
    taken.add(found);
    chosen[name as keyof Ports] = found;
  }
  return chosen as Ports;
}

/** What `$name` stands for in the texts of endpoints. */
function settingsOf(
  { mllpTls: tls, fileFolder, mqttUrl, nodeId }: Config,
  chosen: Ports,
): Record<string, unknown> {
  const secured = tls && {
    mllpTlsPort: tls.port,
    mllpTlsCert: tls.cert,
    mllpTlsKey: tls.key,
    mllpTlsCa: tls.ca,
  };
  return {
    mllpPort: chosen.mllp,
    mqttPort: chosen.mqtt,
    ...(mqttUrl === undefined ? {} : { mqttUrl }),
    nodeId,
    dicomPort: chosen.dicom,
    hisPort: chosen.his,
    fileFolder,
    ...secured,
  };
}

async function main(): Promise<void> {
  const began = performance.now();
  const loaded = loadConfig(process.env);
  const chosen = await ports(loaded);
  const config: Config = { ...loaded, httpPort: chosen.http, interfacePort: chosen.interface };
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

function say(config: Config, http: number, { mllp, his, ...more }: Ports, ms: number): void {
  const lines = [`Cytomesh is ready · 已就绪 (${(ms / 1000).toFixed(1)} s)`];
  const scheme = (secured: unknown): string => (secured ? 'https' : 'http');
  if (http)
    lines.push(
      `  portal   门户    ${scheme(config.httpTls)}://localhost:${http}/`,
      `  API      接口    ${scheme(config.httpTls)}://localhost:${http}/docs`,
    );
  lines.push(
    `  MLLP             port ${mllp}`,
    `  SOAP, REST       ${scheme(config.interfaceTls)}://localhost:${more.interface}/`,
    `  MQTT, DICOM      ports ${more.mqtt}, ${more.dicom}`,
  );
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
