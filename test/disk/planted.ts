import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isRootOfLinux } from '../cli/run-chatferry.js';

/** A folder of somebody else, which nothing may touch. */
export class Bystander {
  readonly folder: string;
  readonly file: string;
  readonly #before: string;

  /** @param folder - Absolute; made here. */
  constructor(folder: string) {
    this.folder = folder;
    this.file = join(folder, 'precious.txt');
    mkdirSync(join(folder, 'below', 'documents'), { recursive: true });
    writeFileSync(this.file, 'precious', { mode: 0o640 });
    writeFileSync(join(folder, 'below', 'deep.txt'), 'deep');
    this.#before = this.#state();
  }

  /** What has changed in names, bytes, permissions and times; empty where nothing has. A further name of a file counts. */
  changes(): string {
    const now = this.#state();
    return now === this.#before ? '' : `${this.#before}\nbecame\n${now}`;
  }

  #state(): string {
    const lines: string[] = [];
    const look = (path: string): void => {
      const found = lstatSync(path, { bigint: true });
      const content = found.isFile() ? readFileSync(path, 'latin1') : '';
      lines.push([path, found.mode, found.size, found.mtimeNs, content].join(' '));
      if (found.isDirectory()) for (const name of readdirSync(path).sort()) look(join(path, name));
    };
    look(this.folder);
    return lines.join('\n');
  }
}

/** Something in the place of a file or folder of ours. */
export interface Planted {
  readonly title: string;
  /** Puts it there; the folder is there, and nothing has the name. */
  readonly plant: (path: string, bystander: Bystander) => void;
  /** What a file of ours would be told from. A plain file is one that a run of ours may have left. */
  readonly kind: 'link' | 'hard link' | 'folder' | 'other' | 'file';
}

const POSIX: readonly Planted[] = [
  {
    title: 'a link to a file',
    kind: 'link',
    plant: (path, { file }) => {
      symlinkSync(file, path);
    },
  },
  {
    title: 'a link to nothing',
    kind: 'link',
    plant: (path, { folder }) => {
      symlinkSync(join(folder, 'new'), path);
    },
  },
  {
    title: 'a link to a device without end',
    kind: 'link',
    plant: (path) => {
      symlinkSync('/dev/zero', path);
    },
  },
  {
    title: 'a FIFO',
    kind: 'other',
    plant: (path) => {
      execFileSync('mkfifo', [path]);
    },
  },
];

const DEVICE: Planted = {
  title: 'a device without end',
  kind: 'other',
  plant: (path) => {
    execFileSync('mknod', [path, 'c', '1', '5']); // As /dev/zero (null(4)).
  },
};

const EVERYWHERE: readonly Planted[] = [
  {
    title: 'a link to a folder',
    kind: 'link',
    plant: (path, { folder }) => {
      symlinkSync(folder, path, 'junction'); // What everybody may make on Windows.
    },
  },
  {
    title: 'a hard link',
    kind: 'hard link',
    plant: (path, { file }) => {
      linkSync(file, path);
    },
  },
  {
    title: 'a folder with a file',
    kind: 'folder',
    plant: (path) => {
      mkdirSync(path);
      writeFileSync(join(path, 'of-others.txt'), 'of others');
    },
  },
  {
    title: 'a file',
    kind: 'file',
    plant: (path) => {
      writeFileSync(path, 'of others');
    },
  },
];

/** All that can be made on this system. Only root of Linux may make devices. */
export const PLANTED: readonly Planted[] = [
  ...EVERYWHERE,
  ...(process.platform === 'win32' ? [] : POSIX),
  ...(isRootOfLinux && mayMakeDevices() ? [DEVICE] : []),
];

/** Root of a container may not. */
function mayMakeDevices(): boolean {
  const trial = join(tmpdir(), `chatferry-mknod-${process.pid}`);
  try {
    DEVICE.plant(trial, undefined as never);
    execFileSync('rm', [trial]);
    return true;
  } catch {
    return false;
  }
}

/** One line for what has a name: enough to see that it was left as it is. */
export function describeEntry(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'nothing';
  if (found.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  if (found.isDirectory()) return `folder of ${readdirSync(path).join(', ')}`;
  if (found.isFile()) return `file of ${readFileSync(path, 'latin1')}`;
  return `other ${found.mode} ${found.rdev}`;
}
