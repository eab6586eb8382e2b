import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  randomFillSync,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../../contracts/kernel/fault.ts';
import { Signer } from './signer.ts';

interface KeyFile {
  readonly current: string;
  readonly keys: Record<string, string>;
  readonly blind: string;
}

/** A personal value as it stands in the database: carried about and written back without being opened. */
export class Sealed {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Encryption of personal data in columns: AES-256-GCM under a key ring, `k1:<base64 of iv, tag, text>`; a new current key
 * takes new writes while old ones stay readable. Blind index: HMAC-SHA-256 of the normalised value, for search by equality.
 */
export class Vault {
  private readonly current: string;
  private readonly keys: Map<string, KeyObject>;
  private readonly blindKey: KeyObject;
  /** Of this installation: the same on every node and over all rotations of the column keys. */
  readonly signer: Signer;
  /** Random bytes for initialisation vectors, fetched many at a time. */
  private readonly pool = Buffer.alloc(12 * 256);
  private used = this.pool.length;

  constructor(file: KeyFile) {
    this.current = file.current;
    this.keys = new Map(Object.entries(file.keys).map(([id, key]) => [id, createSecretKey(key, 'base64')]));
    this.blindKey = createSecretKey(file.blind, 'base64');
    this.signer = new Signer(
      Buffer.from(hkdfSync('sha256', this.blindKey, '', 'cytomesh signature of the installation', 32)),
    );
    if (this.keys.get(file.current)?.symmetricKeySize !== 32)
      throw new Fault('kernel.config.invalid', { problem: 'the key file has no 32-byte current key' });
  }

  /** Reads the key file; where there is none, makes one readable by its owner only. All nodes of a cluster share one file. */
  static open(path: string): Vault {
    if (!existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true });
      const key = () => randomBytes(32).toString('base64');
      try {
        writeFileSync(path, JSON.stringify({ current: 'k1', keys: { k1: key() }, blind: key() }), {
          mode: 0o600,
          flag: 'wx',
        });
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw error;
      }
    }
    return new Vault(JSON.parse(readFileSync(path, 'utf8')) as KeyFile);
  }

  seal(text: string): string {
    const iv = this.vector();
    const cipher = createCipheriv('aes-256-gcm', this.keys.get(this.current)!, iv);
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `${this.current}:${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`;
  }

  private vector(): Buffer {
    if (this.used === this.pool.length) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    this.used += 12;
    return this.pool.subarray(this.used - 12, this.used);
  }

  open(sealed: string): string {
    const colon = sealed.indexOf(':');
    const key = this.keys.get(sealed.slice(0, colon));
    if (!key)
      throw new Fault('kernel.config.invalid', {
        problem: `column key ${sealed.slice(0, colon)} is not in the key file`,
      });
    const bytes = Buffer.from(sealed.slice(colon + 1), 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8');
  }

  /** Same value, same index, over all key rotations. */
  blind(value: string): string {
    return createHmac('sha256', this.blindKey)
      .update(value.normalize('NFKC').trim().toUpperCase())
      .digest('hex');
  }
}

/** What is shown of personal data to those who may not see it whole. */
export function mask(value: string): string {
  if (/^\d{4}-\d\d/.test(value)) return `${value.slice(0, 4)}-**-**`;
  const chars = [...value];
  if (chars.length <= 1) return '*';
  if (chars.length <= 4) return chars[0] + '*'.repeat(chars.length - 1);
  if (/^[\dXx+-]+$/.test(value)) return `${value.slice(0, 3)}****${value.slice(-2)}`;
  return `${chars[0]}***`;
}
