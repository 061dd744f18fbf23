import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import type { FarEnd } from './far-end.js';
import { describeTarget } from './target-suite.js';

describeTarget({ name: 'A directory', partBytes: 65_536, openFarEnd: () => Promise.resolve(new DirectoryFarEnd()) });

class DirectoryFarEnd implements FarEnd {
  readonly #folder = mkdtempSync(join(tmpdir(), 'chatferry-directory-'));

  open(): DirectoryTarget {
    return new DirectoryTarget(join(this.#folder, 'out'));
  }

  read(path: string): Promise<Buffer | undefined> {
    return Promise.resolve(existsSync(path) ? readFileSync(path) : undefined);
  }

  fileCount(): Promise<number> {
    return Promise.resolve(this.#files().filter((name) => !name.endsWith('.uploading')).length);
  }

  unfinishedCount(): Promise<number> {
    return Promise.resolve(this.#files().filter((name) => name.endsWith('.uploading')).length);
  }

  damage(path: string): Promise<void> {
    appendFileSync(path, 'x');
    return Promise.resolve();
  }

  remove(path: string): Promise<void> {
    rmSync(path);
    return Promise.resolve();
  }

  forgetUnfinished(): Promise<void> {
    for (const name of this.#files()) if (name.endsWith('.uploading')) rmSync(join(this.#folder, 'out', name));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    return Promise.resolve();
  }

  #files(): readonly string[] {
    return readdirSync(join(this.#folder, 'out'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#folder.length + 5));
  }
}
