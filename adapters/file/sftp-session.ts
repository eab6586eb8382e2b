import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import ssh2, { type Client, type Sftp } from 'ssh2';
import type { SftpSettings } from './descriptor.ts';
import { codeOf, failure } from './store.ts';

/** Status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02, 7) as the system's codes. */
const statuses: Readonly<Record<number, string>> = {
  2: 'ENOENT',
  3: 'EACCES',
  4: 'EFAILED',
  5: 'EPROTO',
  6: 'ECONNLOST',
  7: 'ECONNLOST',
  8: 'ENOTSUP',
};

/**
 * One connection to a server, made when it is needed and again after it was lost. The host key is checked against the settings
 * and nothing else; each request has its time.
 */
export class SftpSession {
  private readonly settings: SftpSettings;
  private client: Client | undefined;
  private opening: Promise<Sftp> | undefined;
  private closed = false;

  constructor(settings: SftpSettings) {
    this.settings = settings;
  }

  get peer(): string {
    return `${this.settings.host}:${this.settings.port ?? 22}`;
  }

  get connected(): boolean {
    return this.client !== undefined;
  }

  /** Runs one request. Rejects with the server's code; `ECONNLOST` where the connection went and the outcome is not known. */
  async request<T = void>(ask: (sftp: Sftp, done: (error: unknown, value: T) => void) => void): Promise<T> {
    const sftp = await this.sftp();
    const { client } = this;
    return new Promise<T>((resolve, reject) => {
      const lost = (): void => settle(failure('ECONNLOST', 'the connection was lost'));
      const late = setTimeout(() => {
        settle(failure('ECONNLOST', 'the server did not answer in time'));
        client?.destroy();
      }, this.settings.requestMs ?? 60_000);
      const settle = (error: unknown, value?: T): void => {
        clearTimeout(late);
        client?.removeListener('close', lost);
        if (error) reject(named(error));
        else resolve(value as T);
      };
      client?.once('close', lost);
      try {
        ask(sftp, settle);
      } catch (error) {
        settle(error);
      }
    });
  }

  close(): void {
    this.closed = true;
    this.drop();
  }

  private sftp(): Promise<Sftp> {
    if (this.closed) return Promise.reject(failure('ECONNCLOSED', 'closed'));
    this.opening ??= this.open().catch((error: unknown) => {
      this.drop();
      throw error;
    });
    return this.opening;
  }

  private drop(): void {
    const { client } = this;
    this.client = undefined;
    this.opening = undefined;
    client?.destroy();
  }

  private async open(): Promise<Sftp> {
    const { host, port = 22, user, password, privateKey, passphrase, connectMs = 15_000 } = this.settings;
    const key = privateKey === undefined ? undefined : await readKey(privateKey);
    const client = new ssh2.Client();
    this.client = client;
    client.setMaxListeners(100);
    let stranger: string | undefined;
    const sftp = await new Promise<Sftp>((resolve, reject) => {
      let reason: unknown = failure('ECONNLOST', 'closed before it was ready');
      const late = setTimeout(() => reject(failure('ETIMEDOUT', 'no session in time')), connectMs);
      client.on('error', (error) => {
        reason =
          stranger === undefined
            ? loginError(error)
            : failure('EHOSTKEY', `host key ${stranger} is not in the settings`);
        reject(reason);
      });
      client.on('close', () => {
        clearTimeout(late);
        if (this.client === client) this.drop();
        reject(reason);
      });
      client.on(
        'keyboard-interactive',
        (_name, _text, _lang, prompts: unknown[], answer: (texts: string[]) => void) =>
          answer(prompts.map(() => password ?? '')),
      );
      client.on('ready', () =>
        client.sftp((error, made) => {
          clearTimeout(late);
          if (error) reject(failure('EPROTO', 'the server has no SFTP'));
          else resolve(made);
        }),
      );
      client.connect({
        host,
        port,
        username: user,
        ...(password !== undefined && { password, tryKeyboard: true }),
        ...(key && { privateKey: key }),
        ...(passphrase !== undefined && { passphrase }),
        readyTimeout: connectMs,
        keepaliveInterval: 15_000,
        keepaliveCountMax: 3,
        hostVerifier: (hostKey) => {
          const seen = fingerprintOf(hostKey);
          if (this.settings.hostKeys.some((known) => known.replace(/=$/, '') === seen)) return true;
          stranger = seen;
          return false;
        },
      });
      // Requests are small and each waits for its answer.
      client.setNoDelay(true);
    });
    sftp.on('error', () => undefined);
    return sftp;
  }
}

/** As `ssh-keygen -lf` writes it. */
export const fingerprintOf = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=$/, '')}`;

async function readKey(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw failure('EKEY', `the private key file cannot be read: ${codeOf(error)}`);
  }
}

function loginError(error: Error & { level?: string }): unknown {
  if (error.level === 'client-authentication')
    return failure('ELOGIN', 'the server does not take user and key or password');
  return typeof (error as NodeJS.ErrnoException).code === 'string' ? error : failure('EPROTO', error.message);
}

function named(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: string };
  if (typeof code === 'number') return failure(statuses[code] ?? 'EFAILED', message);
  if (typeof code === 'string') return error;
  return failure(
    /not connected|no response|socket|closed/i.test(message ?? '') ? 'ECONNLOST' : 'EPROTO',
    message,
  );
}
