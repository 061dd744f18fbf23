import { createHash } from 'node:crypto';
import { join } from 'node:path';

import type { Settings } from '../../config/settings.js';
import { openForReading } from '../../disk/read-file.js';
import { PrivateFolder } from '../../disk/private-folder.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { ArrivedFile, UploadedFile } from '../../upload/uploaded-file.js';
import type { UploadReporter } from '../../upload/progress/upload-progress.js';
import type { ExportFollower } from '../export/create-export.js';
import { type DemoTusServer, startDemoTusServer } from './demo-tus-server.js';
import { type ExportUploadReport, ExportUploads } from './export/export-uploads.js';
import { openTarget } from './open-target.js';

export interface DemoUploadOptions {
  readonly settings: Settings;
  readonly cwd: string;
  readonly reporter: UploadReporter;
  /** Called with notes for the user. */
  readonly onNote: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The result of the upload of a demo. */
export interface DemoUploadReport {
  readonly target: string;
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** Files that were uploaded before the export was finished. */
  readonly earlyCount: number;
  /** Files that were read back from the server and equal those in the archive. */
  readonly verifiedCount: number;
}

interface DemoUploadParts {
  readonly server: DemoTusServer;
  readonly folder: PrivateFolder;
  readonly uploads: ExportUploads;
}

/** Uploads the archive of a demo to a tus server that it starts on this machine, while it is exported, and reads it back. */
export class DemoUpload implements AsyncDisposable {
  readonly #options: DemoUploadOptions;
  readonly #server: DemoTusServer;
  readonly #folder: PrivateFolder;
  readonly #uploads: ExportUploads;
  readonly #files = new Map<string, UploadedFile>();

  private constructor(options: DemoUploadOptions, { server, folder, uploads }: DemoUploadParts) {
    this.#options = options;
    this.#server = server;
    this.#folder = folder;
    this.#uploads = uploads;
  }

  /** Starts the server. @throws {ChatferryError} `FILE_SYSTEM` */
  static async start(options: DemoUploadOptions): Promise<DemoUpload> {
    const server = await startDemoTusServer();
    const folder = await PrivateFolder.make('chatferry-demo-uploads-');
    const settings: Settings = {
      ...options.settings,
      tusToken: server.token,
      // The sessions of a demo are not needed later.
      uploadSessionDir: join(folder.path, 'sessions'),
    };
    options.onNote(`Started a tus server on this machine: ${server.target}`);
    const { cwd, reporter, onNote, signal } = options;
    const onFile = (file: UploadedFile): void => {
      demo.#files.set(file.name, file);
    };
    const uploads = await ExportUploads.open({ to: [server.target], settings, cwd, reporter, onFile, onNote, signal });
    const demo: DemoUpload = new DemoUpload({ ...options, settings }, { server, folder, uploads });
    return demo;
  }

  /** The follower that the export has to report its files to. */
  get follower(): ExportFollower {
    return this.#uploads;
  }

  /**
   * Uploads the remaining files after the export, and compares every file at the server with the one on disk by
   * SHA-256.
   *
   * @throws {ChatferryError} what prevented files from being uploaded; `CONTENT_MISMATCH` when one differs.
   */
  async finish(): Promise<DemoUploadReport> {
    const earlyCount = this.#files.size;
    const report = await this.#uploads.finish();
    requireAll(report);
    const files = [...this.#files.values()].filter((file): file is ArrivedFile => file.state !== 'failed');
    await this.#verify(files);
    return {
      target: this.#server.target,
      fileCount: files.length,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      earlyCount,
      verifiedCount: files.length,
    };
  }

  async #verify(files: readonly ArrivedFile[]): Promise<void> {
    const { settings, cwd, signal } = this.#options;
    await using opened = await openTarget(this.#server.target, { settings, cwd });
    const { target } = opened;
    await target.check(signal);
    for (const { name, path, remote: address, remoteId: id, sha256 } of files) {
      if (target.read === undefined) throw new ChatferryError('INTERNAL', `${target.id} cannot return files.`);
      const there = await sha256Of(target.read({ address, id }, signal));
      // A database in use has changed by now, so the copy that was sent counts.
      const here = name === 'archive.db' ? sha256 : await sha256OfFile(path);
      if (there === here) continue;
      throw new ChatferryError('CONTENT_MISMATCH', `${name} came back from ${target.id} different from ${path}.`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#uploads[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
    await this.#folder.remove();
  }
}

function requireAll({ targets }: ExportUploadReport): void {
  for (const { failure, failed } of targets) {
    if (failure !== undefined) throw new ChatferryError(failure.code, failure.message);
    const [first] = failed;
    if (first !== undefined) throw new ChatferryError(first.code, `${first.name}: ${first.reason}`);
  }
}

async function sha256OfFile(path: string): Promise<string> {
  await using file = await openForReading(path);
  return await sha256Of(file.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>);
}

async function sha256Of(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of bytes) hash.update(piece);
  return hash.digest('hex');
}
