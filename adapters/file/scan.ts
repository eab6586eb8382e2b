import type { ListenSettings } from './descriptor.ts';
import { isPassing, patternOf, readClaim, readSign, splitName } from './names.ts';
import { codeOf, type Entry, joined, type Store } from './store.ts';

/** A file of the folder. `path` is where it stands now, `name` what it is called, both from the folder. */
export interface Found {
  readonly folder: string;
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly changedAt: number;
  /** Who has claimed it. */
  readonly owner?: string;
  /** Companions that are there. */
  readonly companions: readonly string[];
}

export interface Scan {
  readonly files: readonly Found[];
  /** What is not taken and should be known: kind and reason of an incident. */
  readonly refused: readonly (readonly [string, string])[];
  /** Owners of claims whose sign of life lies in the folder. */
  readonly signs: readonly string[];
}

interface Gathered {
  readonly files: Found[];
  readonly refused: [string, string][];
  readonly signs: string[];
}

const DEEPEST = 8;

/** Looks through the folder, and below it where that is wanted: files that match, in order, and those claimed. */
export function scanner(store: Store, settings: ListenSettings): () => Promise<Scan> {
  const matches = patternOf(settings.pattern ?? '*');
  const suffix = settings.ready === 'companion' ? (settings.companion ?? '.done') : undefined;
  const own = new Set(
    [settings.processed ?? 'processed', settings.error ?? 'error'].map((path) => path.split('/')[0]),
  );
  const isOwn = (folder: string, name: string): boolean => folder === '' && own.has(name);

  async function walk(folder: string, depth: number, { files, refused, signs }: Gathered): Promise<void> {
    const wanted = (name: string): boolean =>
      !isPassing(name) || readClaim(name) !== undefined || readSign(name) !== undefined;
    const entries = await store.list(folder, wanted).catch((error: unknown) => {
      // A subfolder may go while we look; the folder itself may not.
      if (depth > 0 && codeOf(error) === 'ENOENT') return [];
      throw error;
    });
    const names = new Set(entries.map(({ name }) => name));
    for (const entry of entries) {
      const path = joined(folder, entry.name);
      const alive = readSign(entry.name);
      if (alive !== undefined) signs.push(alive);
      else if (entry.kind === 'link') refused.push(['link-refused', `${path} is a link and is not followed`]);
      else if (store.utf8Only && entry.name.includes('\ufffd'))
        refused.push([
          'name-unreadable',
          `the name of ${path} is not UTF-8; the server gives no other way to it`,
        ]);
      else if (entry.kind === 'file') take(entry, folder, names, files);
      else if (
        entry.kind === 'folder' &&
        settings.subfolders &&
        depth < DEEPEST &&
        !isOwn(folder, entry.name)
      )
        await walk(path, depth + 1, { files, refused, signs });
    }
  }

  function take(entry: Entry, folder: string, names: ReadonlySet<string>, files: Found[]): void {
    const claim = readClaim(entry.name);
    const name = claim?.name ?? entry.name;
    if (claim === undefined && ((suffix !== undefined && name.endsWith(suffix)) || !matches(name))) return;
    const { stem } = splitName(name);
    const companions =
      suffix === undefined ? [] : [name + suffix, stem + suffix].filter((one) => names.has(one));
    files.push({
      folder,
      path: joined(folder, entry.name),
      name: joined(folder, name),
      size: entry.size,
      changedAt: entry.changedAt,
      ...(claim && { owner: claim.owner }),
      companions: [...new Set(companions)].map((one) => joined(folder, one)),
    });
  }

  return async () => {
    const found: Gathered = { files: [], refused: [], signs: [] };
    await walk('', 0, found);
    const byName = (a: Found, b: Found): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
    found.files.sort(
      settings.order === 'time' ? (a, b) => a.changedAt - b.changedAt || byName(a, b) : byName,
    );
    return found;
  };
}
