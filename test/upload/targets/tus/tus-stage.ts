import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TusTarget, TusTargetOptions } from '../../../../src/upload/targets/tus/tus-target.js';
import type { UploadSession } from '../../../../src/upload/session/upload-session.js';
import type { UploadedFile, UploadItem } from '../../../../src/upload/uploaded-file.js';
import { type FaultProxy, type HttpFaults, startFaultProxy } from '../../servers/fault-proxy.js';
import { testRun, type TestRunOptions } from '../../upload-run.js';
import type { FarEnd } from '../far-end.js';
import { tusClient } from './far-ends.js';

export const PART_BYTES = 65_536;

type TusFarEnd = FarEnd & { readonly server: { readonly endpoint: URL } };

/** A tus server behind a line with faults, a folder with files, and one folder of sessions for all runs. */
export class TusStage<T extends TusFarEnd> implements AsyncDisposable {
  readonly farEnd: T;
  readonly proxy: FaultProxy;
  readonly folder: string = mkdtempSync(join(tmpdir(), 'chatferry-tus-'));

  private constructor(farEnd: T, proxy: FaultProxy) {
    this.farEnd = farEnd;
    this.proxy = proxy;
  }

  static async open<T extends TusFarEnd>(farEnd: T, faults: HttpFaults = () => undefined): Promise<TusStage<T>> {
    const serverPort = Number(farEnd.server.endpoint.port);
    return new TusStage(farEnd, await startFaultProxy({ serverPort, faults }));
  }

  get endpoint(): URL {
    return new URL(this.farEnd.server.endpoint.pathname, this.proxy.origin);
  }

  client(options: Partial<TusTargetOptions> = {}): TusTarget {
    return tusClient(this.endpoint, options);
  }

  /** A file of random bytes. */
  make(sizeBytes: number, name = 'film.mp4'): UploadItem & { readonly content: Buffer } {
    const content = randomBytes(sizeBytes);
    const path = join(this.folder, 'source.bin');
    writeFileSync(path, content);
    return { path, name, content, contentType: 'video/mp4' };
  }

  /** Uploads in a run of its own, one part at a time unless it says otherwise. */
  async upload(item: UploadItem, choices: UploadChoices = {}): Promise<Uploaded> {
    const { client, ...others } = choices;
    await using target = this.client(client);
    await target.check(new AbortController().signal);
    using test = await testRun({ target, folder: this.folder, most: 1, chosenPartBytes: PART_BYTES, ...others });
    const [file] = await test.upload([item]);
    if (file === undefined) throw new Error('An upload has no result.');
    return { file, notes: test.notes.join('\n'), percentages: test.events.map(({ percentage }) => percentage) };
  }

  bytesOf(file: UploadedFile): Promise<Buffer | undefined> {
    return file.state === 'failed' ? Promise.resolve(undefined) : this.farEnd.read(file.remoteId);
  }

  get sessions(): readonly UploadSession[] {
    const folder = join(this.folder, 'sessions');
    const names = readdirSync(folder).filter((name) => name.endsWith('.session.json'));
    return names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as UploadSession);
  }

  /** Bytes that were announced in requests with this method. */
  announcedBytes(method: string): number {
    const all = this.proxy.requests.filter((request) => request.method === method);
    return all.reduce((sum, { headers }) => sum + Number(headers['content-length'] ?? 0), 0);
  }

  methods(): readonly string[] {
    return this.proxy.requests.map(({ method }) => method);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.farEnd[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface UploadChoices extends Partial<Omit<TestRunOptions, 'target' | 'folder'>> {
  readonly client?: Partial<TusTargetOptions>;
}

export interface Uploaded {
  readonly file: UploadedFile;
  readonly notes: string;
  readonly percentages: readonly number[];
}
