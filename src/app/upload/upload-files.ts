import { dirname, join, resolve } from 'node:path';

import { defaultUploadSettings } from '../../config/upload/default-upload-settings.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { makeFolderDurably } from '../../disk/durable-file.js';
import { remoteName } from '../../upload/remote-name.js';
import type { UploadedFile, UploadItem } from '../../upload/uploaded-file.js';
import type { UploadProgress } from '../../upload/progress/upload-progress.js';
import { chooseUploads } from './items/choose-uploads.js';
import type { ItemsOpening } from './items/items-opening.js';
import type { UploadReport } from './job-report.js';
import { LatestEvents } from './latest-events.js';
import { ManifestFile } from './manifest/manifest-file.js';
import { ManifestEntries } from './manifest/manifest-entries.js';
import type { TargetSettings } from './target-kind.js';
import { type OpenedItems, UploadJob } from './upload-job.js';

export interface UploadFilesOptions {
  /** The target, as for `--to`: `s3://bucket/prefix`. Several targets are served one after the other. */
  readonly to: string | readonly string[];
  /**
   * Settings that differ from the defaults, including keys of stores. Nothing is read from the environment or from
   * files.
   */
  readonly settings?: Partial<TargetSettings>;
  /** Names the upload. A later call with the same name resumes it, even if the files have moved. */
  readonly sessionId?: string;
  /** One request at a time. @defaultValue false */
  readonly sequential?: boolean;
  /** A file in which the results are recorded. @defaultValue none is written */
  readonly manifest?: string;
  /** The base of relative paths. @defaultValue the working directory */
  readonly cwd?: string;
  /** Called with notes for the user, for example when an upload starts over. */
  readonly onNote?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** The result of an upload. */
export interface UploadOutcome extends UploadReport {
  /** In the order of the files, target by target. A failed file is a value at its position. */
  readonly files: readonly UploadedFile[];
}

/**
 * An upload. It begins when it is iterated, or when `finished` is called. The iteration yields the latest event of each
 * file, so a slow reader misses intermediate steps. The last event of every file is `complete` with its address, or
 * `failed` with the reason. Leaving the loop stops the upload; its sessions stay, so that it can be resumed.
 */
export interface Upload extends AsyncIterable<UploadProgress> {
  /**
   * Runs to the end.
   *
   * @throws {ChatferryError} `USAGE`; `FILE_SYSTEM`; `INTERRUPTED` after the loop was left; the signal's reason.
   *   Failures at a target are in the outcome: `targets`.
   */
  finished(): Promise<UploadOutcome>;
  /** Takes effect with the next bytes. @param bytesPerSecond - 0: no limit. */
  setBandwidthLimit(bytesPerSecond: number): void;
}

/**
 * Uploads files in parts, several at a time. Uploads can be resumed, and are verified at the target.
 *
 * @param files - Paths of files, folders and archives; or files with their names at the target.
 * @throws {ChatferryError} `USAGE` for invalid options.
 *
 * @example
 * const upload = uploadFiles(['film.mp4'], { to: 's3://my-bucket/films', settings: { awsAccessKeyId, awsSecretAccessKey } });
 * for await (const { file, percentage, stage } of upload) console.log(file, stage, percentage);
 * const { files } = await upload.finished();
 */
export function uploadFiles(files: readonly string[] | readonly UploadItem[], options: UploadFilesOptions): Upload {
  return new FilesUpload(files, options);
}

class FilesUpload implements Upload {
  readonly #options: UploadFilesOptions;
  readonly #settings: TargetSettings;
  readonly #events = new LatestEvents();
  readonly #stop = new AbortController();
  readonly #job: UploadJob;
  readonly #entries = new ManifestEntries();
  #outcome: Promise<UploadOutcome> | undefined;

  constructor(files: readonly string[] | readonly UploadItem[], options: UploadFilesOptions) {
    const { to, settings, sessionId, sequential = false, signal } = options;
    const { manifest, cwd = process.cwd(), onNote = () => undefined } = options;
    this.#options = options;
    this.#settings = { ...defaultUploadSettings(), ...settings };
    this.#job = new UploadJob({
      to: typeof to === 'string' ? [to] : to,
      openItems: (opening) =>
        openFiles(files, { ...opening, cwd, onNote, leftOut: manifest === undefined ? [] : [resolve(cwd, manifest)] }),
      settings: this.#settings,
      cwd,
      outputFolder: manifest === undefined ? cwd : dirname(resolve(cwd, manifest)),
      sessionName: sessionId,
      isSequential: sequential,
      reporter: this.#events,
      onArrived: (file) => {
        this.#entries.arrived(file);
      },
      onNote,
      signal: signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]),
    });
  }

  setBandwidthLimit(bytesPerSecond: number): void {
    this.#job.setBandwidthLimit(bytesPerSecond);
  }

  finished(): Promise<UploadOutcome> {
    this.#outcome ??= this.#run();
    return this.#outcome;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<UploadProgress, void, void> {
    const outcome = this.finished();
    outcome.catch(() => undefined); // Thrown below, after all earlier events were read.
    let isRead = false;
    try {
      yield* this.#events.read();
      isRead = true;
    } finally {
      if (!isRead) this.#stop.abort(new ChatferryError('INTERRUPTED', 'The upload was stopped. Its sessions stay.'));
      await outcome.catch(() => undefined);
    }
    await outcome;
  }

  async #run(): Promise<UploadOutcome> {
    try {
      const manifest = await this.#manifest();
      await manifest?.requirePlace();
      const run = this.#job.run();
      const files: UploadedFile[] = [];
      try {
        for (;;) {
          const next = await run.next();
          if (next.done === true) return { ...next.value, files };
          files.push(next.value);
          this.#entries.handedOut(next.value);
        }
      } finally {
        const entries = this.#entries.all;
        if (entries.length > 0) await manifest?.add(entries, new AbortController().signal);
      }
    } finally {
      this.#events.close();
    }
  }

  async #manifest(): Promise<ManifestFile | undefined> {
    const { manifest, cwd = process.cwd() } = this.#options;
    if (manifest === undefined) return undefined;
    const path = resolve(cwd, manifest);
    const lockFolder = this.#settings.uploadSessionDir ?? dirname(path);
    await makeFolderDurably(lockFolder, { mode: 0o700 });
    return new ManifestFile({ path, lockFolder });
  }
}

interface OpenFilesOptions extends ItemsOpening {
  readonly cwd: string;
  readonly onNote: (text: string) => void;
}

async function openFiles(
  files: readonly string[] | readonly UploadItem[],
  options: OpenFilesOptions,
): Promise<OpenedItems> {
  const { cwd } = options;
  const paths = files.flatMap((file) => (typeof file === 'string' ? [resolve(cwd, file)] : []));
  const items = files.flatMap((file) => (typeof file === 'string' ? [] : [file]));
  const exportDir = join(cwd, 'exports'); // Only chat names are looked up in it, and these are paths.
  if (paths.length > 0) {
    return chooseUploads({ ...options, written: paths, exportDir, account: undefined });
  }
  const sources = items.map(({ path }) => ({ path: resolve(cwd, path), keepsName: false }));
  return { sources, items: () => each(items, cwd), [Symbol.asyncDispose]: () => Promise.resolve() };
}

async function* each(items: readonly UploadItem[], cwd: string): AsyncGenerator<UploadItem, void, void> {
  for (const item of items) {
    yield await Promise.resolve({ ...item, path: resolve(cwd, item.path), name: remoteName(item.name) });
  }
}
