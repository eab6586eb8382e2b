import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A platform in a process of its own, as a hospital runs it: fresh data, own ports. */
export interface RunningPlatform {
  readonly process: ChildProcess;
  readonly mllpPort: number;
  readonly httpPort: number;
  readonly interfacePort: number;
  readonly mqttPort: number;
  readonly dicomPort: number;
  readonly dataFolder: string;
  readonly readyMs: number;
  /** Resident memory now, MB. */
  memoryMb(): number;
  /** Processor time used so far, ms: of all threads, and of the one with the event loop. */
  cpuMs(): number;
  mainCpuMs(): number;
  /** Bytes given to the disk so far. */
  writtenBytes(): number;
  /** Standard output and error so far. */
  output(): string;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  /** Keep and use this folder; default a new one that goes with the process. */
  readonly dataFolder?: string;
  readonly mllpPort?: number;
  readonly httpPort?: number;
  readonly interfacePort?: number;
  readonly mqttPort?: number;
  readonly dicomPort?: number;
  readonly nodeFlags?: readonly string[];
}

const root = join(import.meta.dirname, '..');
/** What `npm start` gives Node. */
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: { start: string };
};
const startFlags = scripts.start.split(' ').filter((word) => word.startsWith('--'));

export async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Starts the platform and resolves once it says it is ready. */
export async function runPlatform(options: RunOptions = {}): Promise<RunningPlatform> {
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'cytomesh-'));
  const mllpPort = options.mllpPort ?? (await freePort());
  const httpPort = options.httpPort ?? (await freePort());
  const interfacePort = options.interfacePort ?? (await freePort());
  const mqttPort = options.mqttPort ?? (await freePort());
  const dicomPort = options.dicomPort ?? (await freePort());
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [...startFlags, ...(options.nodeFlags ?? []), join(root, 'nodes/main.ts')],
    {
      cwd: root,
      env: {
        ...process.env,
        CYTOMESH_DATA: dataFolder,
        CYTOMESH_MLLP_PORT: String(mllpPort),
        CYTOMESH_HTTP_PORT: String(httpPort),
        CYTOMESH_INTERFACE_PORT: String(interfacePort),
        CYTOMESH_MQTT_PORT: String(mqttPort),
        CYTOMESH_DICOM_PORT: String(dicomPort),
        CYTOMESH_DEMO: 'on',
        CYTOMESH_DEMO_TRAFFIC: 'off',
        CYTOMESH_LOG_LEVEL: 'warn',
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-200_000);
      if (output.includes('Cytomesh is ready')) resolve();
    };
    child.stdout!.on('data', take);
    child.stderr!.on('data', take);
    child.once('exit', (code) => reject(new Error(`the platform ended with ${code}:\n${output}`)));
  });
  await ready;
  return {
    process: child,
    mllpPort,
    httpPort,
    interfacePort,
    mqttPort,
    dicomPort,
    dataFolder,
    readyMs: performance.now() - began,
    memoryMb: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    },
    cpuMs: () => cpuOf(`/proc/${child.pid}/stat`),
    mainCpuMs: () => cpuOf(`/proc/${child.pid}/task/${child.pid}/stat`),
    writtenBytes: () =>
      Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${child.pid}/io`, 'utf8'))?.[1] ?? 0),
    output: () => output,
    async kill(signal = 'SIGTERM') {
      child.kill(signal);
      await exited;
      if (!options.dataFolder) rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function cpuOf(stat: string): number {
  const fields = readFileSync(stat, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
