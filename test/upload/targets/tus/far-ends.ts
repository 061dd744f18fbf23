import { appendFileSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { startTusServer, type TusServer } from '../../../../src/simulator/tus/tus-server.js';
import type { TusExtension } from '../../../../src/simulator/tus/tus-uploads.js';
import { TusTarget, type TusTargetOptions } from '../../../../src/upload/targets/tus/tus-target.js';
import { startTusNodeServer, type TusNodeServer } from '../../servers/tus-server.js';
import type { FarEnd } from '../far-end.js';

const TOKEN = 'test-token';

/** A client as the program opens one. */
export function tusClient(endpoint: URL, options: Partial<TusTargetOptions> = {}): TusTarget {
  return new TusTarget({
    endpoint,
    headers: { authorization: `Bearer ${TOKEN}` },
    connectionCount: 8,
    timeoutMs: 10_000,
    allowPrivateRedirects: false,
    ...options,
  });
}

/** The reference server: an upload at a time, no checksums, no concatenation. */
export class TusNodeFarEnd implements FarEnd {
  readonly server: TusNodeServer;

  constructor(server: TusNodeServer) {
    this.server = server;
  }

  static async open(): Promise<TusNodeFarEnd> {
    return new TusNodeFarEnd(await startTusNodeServer({ lockDrainTimeout: 100 }));
  }

  open(): TusTarget {
    return tusClient(this.server.endpoint);
  }

  read(url: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.server.read(url));
  }

  fileCount(): Promise<number> {
    return Promise.resolve(this.server.uploads().filter(({ heldBytes, sizeBytes }) => heldBytes === sizeBytes).length);
  }

  unfinishedCount(): Promise<number> {
    return Promise.resolve(this.server.uploads().filter(({ heldBytes, sizeBytes }) => heldBytes < sizeBytes).length);
  }

  damage(url: string): Promise<void> {
    appendFileSync(this.server.pathOf(url), 'x');
    return Promise.resolve();
  }

  remove(url: string): Promise<void> {
    rmSync(this.server.pathOf(url));
    rmSync(`${this.server.pathOf(url)}.json`);
    return Promise.resolve();
  }

  forgetUnfinished(): Promise<void> {
    // An upload that has all bytes is finished there, although nobody has looked at it yet.
    for (const { path } of this.server.uploads()) {
      rmSync(path);
      rmSync(`${path}.json`);
    }
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

/** A server with all extensions, which the reference client was tried against: see `test/simulator/tus`. */
export class FullTusFarEnd implements FarEnd {
  readonly server: TusServer;
  readonly folder: string;

  constructor(server: TusServer, folder: string) {
    this.server = server;
    this.folder = folder;
  }

  static async open(extensions?: readonly TusExtension[]): Promise<FullTusFarEnd> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'chatferry-tus-full-')));
    const chosen = extensions === undefined ? {} : { extensions };
    return new FullTusFarEnd(await startTusServer({ folder, token: TOKEN, ...chosen }), folder);
  }

  open(): TusTarget {
    return tusClient(this.server.endpoint);
  }

  read(url: string): Promise<Buffer | undefined> {
    const id = basename(new URL(url).pathname);
    return Promise.resolve(readdirSync(this.folder).includes(id) ? readFileSync(join(this.folder, id)) : undefined);
  }

  fileCount(): Promise<number> {
    const { all } = this.server.uploads;
    return Promise.resolve(all.filter(({ isComplete, concat }) => isComplete && concat !== 'partial').length);
  }

  unfinishedCount(): Promise<number> {
    return Promise.resolve(this.server.uploads.all.filter(({ isComplete }) => !isComplete).length);
  }

  async remove(url: string): Promise<void> {
    const { uploads } = this.server;
    await uploads.remove(uploads.get(basename(new URL(url).pathname)));
  }

  async forgetUnfinished(): Promise<void> {
    const { uploads } = this.server;
    for (const upload of uploads.all) await uploads.remove(upload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
