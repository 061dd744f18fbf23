import { resolve } from 'node:path';

import type { ManifestFile } from '../../app/upload/manifest/manifest-file.js';
import type { ManifestEntries } from '../../app/upload/manifest/manifest-entries.js';
import { isInsideFolder } from '../../config/trust/inside-folder.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import type { ArrivedFile, UploadedFile } from '../../upload/uploaded-file.js';
import type { CommandRun } from '../command-run.js';
import { DEFAULT_MANIFEST } from '../upload/default-manifest.js';

export interface ExportManifestPlace {
  readonly cwd: string;
  /** As `--manifest` has it. Undefined: the one of this folder, if that can be. */
  readonly named: string | undefined;
}

/** The manifest of an export that uploads. It is never in the archive, where it would be a stray file. */
export class ExportManifest {
  /** Absolute. */
  readonly path: string;
  readonly #file: ManifestFile;
  readonly #entries: ManifestEntries;

  private constructor(path: string, file: ManifestFile, entries: ManifestEntries) {
    this.path = path;
    this.#file = file;
    this.#entries = entries;
  }

  /**
   * Checks that it can be written.
   *
   * @returns undefined, after a note, where no place was named and this folder is none: an export does not fail for that.
   * @throws {ChatferryError} `USAGE` for a place that was named.
   */
  static async open(
    { settings, reporter }: Pick<CommandRun, 'settings' | 'reporter'>,
    { cwd, named }: ExportManifestPlace,
  ): Promise<ExportManifest | undefined> {
    const [{ ManifestFile }, { ManifestEntries }] = await Promise.all([
      import('../../app/upload/manifest/manifest-file.js'),
      import('../../app/upload/manifest/manifest-entries.js'),
    ]);
    const path = resolve(cwd, named ?? DEFAULT_MANIFEST);
    try {
      if (isInsideFolder(path, settings.exportDir)) {
        throw new ChatferryError(
          'USAGE',
          `The manifest ${path} would be in the archive. Name another place for it: --manifest <file>.`,
        );
      }
      const file = new ManifestFile({ path, lockFolder: settings.uploadSessionDir ?? cwd });
      await file.requirePlace();
      return new ExportManifest(path, file, new ManifestEntries());
    } catch (error) {
      if (named !== undefined || !isChatferryError(error)) throw error;
      reporter.event({ type: 'note', text: `No manifest of the uploads is written. ${error.message}` });
      return undefined;
    }
  }

  /** A file is there. */
  arrived(file: ArrivedFile): void {
    this.#entries.arrived(file);
  }

  /** A file has had its turn. */
  add(file: UploadedFile): void {
    this.#entries.handedOut(file);
  }

  /** Writes the manifest of the files sent so far, also after an interruption. @returns whether there were any. */
  async write(): Promise<boolean> {
    const entries = this.#entries.take();
    if (entries.length === 0) return false;
    await this.#file.add(entries, new AbortController().signal);
    return true;
  }
}
