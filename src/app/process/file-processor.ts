import { readlink, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { fileError, isSystemError } from '../../disk/file-error.js';
import { errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import type { DescribedMedia, MediaJob } from '../../media/media-job.js';
import type { MediaWorkers } from '../../media/workers/media-workers.js';
import { recipeName } from '../../media/recipe.js';
import { type FileIdentity, identityOf } from './file-identity.js';
import type { OutputFolder } from './output-folder.js';
import type { NamedFile, ProcessedMedia } from './processed-media.js';
import { replaceOriginal } from './replace-original.js';

export interface FileProcessorOptions extends Pick<MediaJob, 'storyboard' | 'transcode' | 'stripMetadata'> {
  readonly workers: MediaWorkers;
  /** Undefined: no derivatives are made. */
  readonly output: OutputFolder | undefined;
  readonly replaceOriginals: boolean;
  readonly hasFfmpeg: boolean;
}

/** A file with the name of its derivatives. */
export interface FileToProcess extends NamedFile {
  /** The name of its derivatives in the output folder, without extensions. Undefined if there is no output folder. */
  readonly stem: string | undefined;
}

type Done = Extract<ProcessedMedia, { state: 'done' }>;

/** Does the work of `process` for one file. Calls may run concurrently. */
export class FileProcessor {
  readonly #options: FileProcessorOptions;
  /** Identifies the derivatives: the same bytes with the same recipe give the same derivatives. */
  readonly #recipe: string;

  constructor(options: FileProcessorOptions) {
    this.#options = options;
    this.#recipe = `${recipeName(options)}${options.hasFfmpeg ? '' : '+-ffmpeg'}`;
  }

  /**
   * Assigns a file the name of its derivatives. Call it in the order of the files.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  async name({ path, name }: NamedFile): Promise<FileToProcess> {
    const file = { path: resolve(path), name };
    return { ...file, stem: await this.#options.output?.stemFor(file) };
  }

  /** A failure is a result with the reason. @throws the signal's reason when it aborts. */
  async process(file: FileToProcess, signal: AbortSignal): Promise<ProcessedMedia> {
    const { path } = file;
    const started = { ms: performance.now() };
    try {
      const identity = await identityOf(path);
      const known = await this.#options.output?.known(path, this.#recipe, signal);
      const described =
        known ??
        (await this.#make(file, identity, {
          signal,
          onStart: () => {
            started.ms = performance.now();
          },
        }));
      const result: Done = {
        path,
        state: 'done',
        wallMs: since(started.ms),
        ...(known === undefined ? {} : { wasMade: true }),
        ...described,
      };
      return this.#options.replaceOriginals ? await this.#replace(result, identity, signal) : result;
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = fileError(error, 'process', path);
      const reason = (await linkToNothing(path)) ?? message;
      return { path, state: 'failed', wallMs: since(started.ms), code, reason };
    }
  }

  async #make(
    { path, stem }: FileToProcess,
    identity: FileIdentity | undefined,
    { signal, onStart }: { readonly signal: AbortSignal; readonly onStart: () => void },
  ): Promise<DescribedMedia> {
    const { workers, output } = this.#options;
    if (output === undefined || stem === undefined) return workers.run(this.#job(path, 'file'), signal, onStart);
    const folder = await output.stage();
    try {
      const name = stem.slice(stem.lastIndexOf('/') + 1);
      const job = { ...this.#job(path, name), outputFolder: folder };
      const made = await workers.run(job, signal, onStart);
      const described = { ...made, derivatives: await output.publish(made.derivatives, stem, output.sourceOf(path)) };
      if (identity !== undefined) output.remember(path, described, { recipe: this.#recipe, identity });
      return described;
    } finally {
      await output.unstage(folder);
    }
  }

  /** Replaces the original by the smaller copy, if there is one. */
  async #replace(result: Done, identity: FileIdentity | undefined, signal: AbortSignal): Promise<ProcessedMedia> {
    const { workers, output } = this.#options;
    const copy = result.derivatives.find(({ kind }) => kind === 'transcode');
    if (copy === undefined || output === undefined) return result;
    const { path, content } = result;
    try {
      const replacedBy = await replaceOriginal({
        original: result,
        mark: identity?.mark ?? '',
        copy,
        output,
        recipe: this.#recipe,
        prove: () => workers.prove({ original: path, copy: copy.path, content }, signal),
        describe: (made) => workers.run({ path: made, name: 'copy' }, signal),
        signal,
      });
      return { ...result, derivatives: result.derivatives.filter((derivative) => derivative !== copy), replacedBy };
    } catch (error) {
      signal.throwIfAborted();
      return this.#keepOriginal(result, error);
    }
  }

  /** A copy without a proof is removed, because later it would be taken for a good one. */
  async #keepOriginal(result: Done, error: unknown): Promise<ProcessedMedia> {
    const problems = [
      ...result.problems,
      { work: 'replace' as const, reason: `The original stays: ${sentence(error)}` },
    ];
    const copy = result.derivatives.find(({ kind }) => kind === 'transcode');
    if (copy === undefined || !isChatferryError(error, 'CONTENT_MISMATCH')) return { ...result, problems };
    const { output } = this.#options;
    output?.table.forget(output.sourceOf(result.path));
    await output?.remove(copy.path);
    return { ...result, derivatives: result.derivatives.filter((derivative) => derivative !== copy), problems };
  }

  #job(path: string, name: string): MediaJob {
    const { storyboard, transcode, stripMetadata } = this.#options;
    return {
      path,
      name,
      mayBeLink: true, // Users name files, and folders that contain them.
      ...(storyboard === undefined ? {} : { storyboard }),
      ...(transcode === undefined ? {} : { transcode }),
      ...(stripMetadata === undefined ? {} : { stripMetadata }),
    };
  }
}

/** The error for a link whose target does not exist; undefined for anything else. */
async function linkToNothing(path: string): Promise<string | undefined> {
  try {
    await stat(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ELOOP')) return undefined;
    const target = await readlink(path).catch(() => undefined);
    if (target !== undefined)
      return `${path} is a link to "${target}", which does not exist. Correct or remove the link.`;
  }
  return undefined;
}

function since(startedMs: number): number {
  return Math.round(performance.now() - startedMs);
}

function sentence(error: unknown): string {
  const text = errorMessage(error);
  return text.endsWith('.') ? text : `${text}.`;
}
