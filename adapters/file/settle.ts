import type { Reply } from '../../contracts/adapter/port.ts';
import type { ListenSettings } from './descriptor.ts';
import { numbered, passingName } from './names.ts';
import { isGood, reasonText, resultCsv } from './outcome-text.ts';
import type { Found } from './scan.ts';
import { codeOf, isGone, joined, type Store } from './store.ts';

const MOST = 1000;

/** A file that is committed and still where it was claimed. */
export interface Unsettled {
  readonly file: Found;
  readonly reply: Reply;
  /** Where it may have gone already: the connection was lost before the answer came. */
  target?: string;
}

/**
 * Puts a committed file where it belongs, with what became of it beside it. The texts are written before the file moves: a file
 * in its last place always has them. Gives false where the claim was lost to another node meanwhile.
 */
export async function settle(
  store: Store,
  settings: ListenSettings,
  one: Unsettled,
  now: number,
): Promise<boolean> {
  const { file } = one;
  const reply = await grown(store, one);
  const good = isGood(reply);
  for (const companion of file.companions) await store.remove(companion);
  if (good && settings.remove) {
    await store.remove(file.path);
    return true;
  }
  const slash = file.name.lastIndexOf('/');
  const name = file.name.slice(slash + 1);
  const base = good ? joined(settings.processed ?? 'processed', dayOf(now)) : (settings.error ?? 'error');
  const folder = slash < 0 ? base : joined(base, file.name.slice(0, slash));
  const texts: [string, Uint8Array][] = [
    ...(settings.results === false ? [] : [['.result.csv', resultCsv(reply)] as [string, Uint8Array]]),
    ...(good ? [] : [['.reason.txt', reasonText(name, reply, now)] as [string, Uint8Array]]),
    ...(reply.bytes ? [['.reply', reply.bytes] as [string, Uint8Array]] : []),
  ];
  if (await arrived(store, one, texts)) return true;
  await store.makeFolder(folder);
  for (let n = 1; n <= MOST; n++) {
    const target = joined(folder, numbered(name, n));
    try {
      const code = await place(store, file, target, texts);
      if (code === 'placed') return true;
      if (code === 'ENOENT') return false;
    } catch (error) {
      if (isGone(error)) one.target = target;
      throw error;
    }
  }
  throw Object.assign(new Error(`more than ${MOST} files of one name`), { code: 'EEXIST' });
}

/** Somebody went on writing into a file that was read and committed: it is no success, whatever became of its messages. */
async function grown(store: Store, { file, reply }: Unsettled): Promise<Reply> {
  const now = await store.stat(file.path);
  if (now === undefined || (now.size === file.size && now.changedAt === file.changedAt)) return reply;
  const reason =
    `文件在读取后又被改写：读取时 ${file.size} 字节，现为 ${now.size} 字节；已按读取时的内容处理，其后写入的请另发文件 · ` +
    `the file was written to after it had been read: ${file.size} bytes then, ${now.size} now; what was read has been taken, send the rest in a new file`;
  return { ...reply, outcome: 'refused', reason };
}

/** Whether the last try did move it; if not, what it left behind is taken away. */
async function arrived(
  store: Store,
  one: Unsettled,
  texts: readonly [string, Uint8Array][],
): Promise<boolean> {
  const { file, target } = one;
  if (target === undefined) return false;
  const there = (await store.stat(target)) !== undefined;
  if (there && (await store.stat(file.path)) === undefined) return true;
  if (!there) for (const [suffix] of texts) await store.remove(target + suffix);
  delete one.target;
  return false;
}

/** All of it or nothing; another file of that name stays as it is. */
async function place(
  store: Store,
  file: Found,
  target: string,
  texts: readonly [string, Uint8Array][],
): Promise<'placed' | 'EEXIST' | 'ENOENT'> {
  const written: string[] = [];
  try {
    if ((await store.stat(target)) !== undefined) throw Object.assign(new Error(), { code: 'EEXIST' });
    for (const [suffix, bytes] of texts) {
      await put(store, passingName(file.owner ?? ''), target + suffix, bytes);
      written.push(target + suffix);
    }
    await store.moveNew(file.path, target);
    return 'placed';
  } catch (error) {
    const code = codeOf(error);
    // A move that was cut short left it under both names.
    if (code === 'EEXIST' && (await store.same(file.path, target))) {
      await store.remove(file.path);
      return 'placed';
    }
    // Gone with the connection: it may have moved, and then its texts belong to it.
    if (!isGone(error)) for (const path of written) await store.remove(path).catch(() => undefined);
    if (code === 'EEXIST') return code;
    if (code === 'ENOENT' && (await store.stat(file.path)) === undefined) return code;
    throw error;
  }
}

/** As much of a text as says that we wrote it: the head of the results, the file's name in the reason. */
const OURS = 20;

/** Nobody sees half a text. One of ours without its file is left over from a node that died before it moved the file. */
async function put(store: Store, passing: string, path: string, bytes: Uint8Array): Promise<void> {
  await store.replace(passing, bytes);
  try {
    await store.moveNew(passing, path).catch(async (error: unknown) => {
      if (codeOf(error) !== 'EEXIST' || path.endsWith('.reply')) throw error;
      const old = await store.read(path, OURS);
      if (!old.equals(bytes.subarray(0, OURS))) throw error;
      await store.remove(path);
      await store.moveNew(passing, path);
    });
  } catch (error) {
    await store.remove(passing).catch(() => undefined);
    throw error;
  }
}

function dayOf(now: number): string {
  const date = new Date(now);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
