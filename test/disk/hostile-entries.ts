import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** What somebody may have put where a file of ours belongs. Not for Windows, which has neither pipes nor devices in folders. */
export type HostileEntry =
  | 'a link to a file'
  | 'a link to a folder'
  | 'a link that leads nowhere'
  | 'a hard link'
  | 'a FIFO'
  | 'a device'
  | 'a folder'
  | 'a file of something else'
  | 'a huge file';

/** Larger than what is ever read of a small file; without blocks on the disk. */
const HUGE_BYTES = 8 * 1024 ** 3;

/** Devices can be made by root alone, and not in every container. */
export const HOSTILE_ENTRIES: readonly HostileEntry[] = [
  'a link to a file',
  'a link to a folder',
  'a link that leads nowhere',
  'a hard link',
  'a FIFO',
  ...(process.platform === 'linux' && process.getuid?.() === 0 ? (['a device'] as const) : []),
  'a folder',
  'a file of something else',
  'a huge file',
];

/** Files outside, to which entries lead, and what they and the entry must be like afterwards. */
export class Canary {
  readonly #folder: string;
  readonly #file: string;
  #before: string | undefined;
  #path: string | undefined;

  /** @param folder - Made; on the same file system as the entries. */
  constructor(folder: string) {
    mkdirSync(join(folder, 'inner'), { recursive: true });
    this.#folder = folder;
    this.#file = join(folder, 'precious.txt');
    writeFileSync(this.#file, 'precious\n', { mode: 0o644 });
    writeFileSync(join(folder, 'inner', 'kept.txt'), 'kept\n');
  }

  /** Puts one at `path`, where nothing is. */
  put(entry: HostileEntry, path: string): void {
    this.#make(entry, path);
    this.#path = path;
    this.#before = this.state();
  }

  /** What is outside and at the entry, as text: to be equal before and after. */
  get before(): string {
    return this.#before ?? '';
  }

  state(): string {
    const places = [this.#folder, join(this.#folder, 'inner'), this.#path ?? this.#folder];
    return JSON.stringify([places.map(describe), readFileSync(this.#file, 'utf8')], undefined, 1);
  }

  #make(entry: HostileEntry, path: string): void {
    switch (entry) {
      case 'a link to a file':
        symlinkSync(this.#file, path);
        return;
      case 'a link to a folder':
        symlinkSync(join(this.#folder, 'inner'), path);
        return;
      case 'a link that leads nowhere':
        symlinkSync(join(this.#folder, 'not-there'), path);
        return;
      case 'a hard link':
        linkSync(this.#file, path);
        return;
      case 'a FIFO':
        execFileSync('mkfifo', [path]);
        return;
      case 'a device':
        execFileSync('mknod', [path, 'c', '1', '5']); // As /dev/zero: it never ends.
        return;
      case 'a folder':
        mkdirSync(path);
        writeFileSync(join(path, 'inside.txt'), 'inside\n');
        return;
      case 'a file of something else':
        writeFileSync(path, 'version = 3\n[[package]]\n', { mode: 0o644 });
        return;
      case 'a huge file':
        writeFileSync(path, 'huge\n', { mode: 0o644 });
        truncateSync(path, HUGE_BYTES);
        return;
    }
  }
}

function describe(path: string): unknown {
  const found = lstatSync(path);
  const { mode, nlink, size, ino } = found;
  const link = found.isSymbolicLink() ? readlinkSync(path) : undefined;
  const names = found.isDirectory() ? readdirSync(path).toSorted() : undefined;
  const text = found.isFile() && size < 1000 ? readFileSync(path, 'utf8') : undefined;
  return { path, mode: mode.toString(8), nlink, size: found.isDirectory() ? 0 : size, ino, link, names, text };
}
