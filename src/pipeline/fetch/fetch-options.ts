import type { Archive } from '../../archive/archive.js';
import type { MediaFiles } from '../../archive/files/media-files.js';
import type { DuplicateStep } from '../../metrics/concurrency-metrics.js';
import type { ExportSource } from '../../source/live-source.js';
import type { MediaSelection } from '../media-selection.js';
import type { PlacedFile } from './placed-files.js';

/**
 * Returns the extension that a file should have according to its bytes, without a dot; undefined if the name is right.
 *
 * @param name - A name or path that the file has or is to have.
 * @param path - Where its bytes are, absolute.
 */
export type IdentifyExtension = (name: string, path: string) => Promise<string | undefined>;

export interface MediaFetcherOptions {
  readonly source: ExportSource;
  readonly archive: Archive;
  readonly files: MediaFiles;
  /** Of the chat, relative to the archive. */
  readonly folder: string;
  /** The same, absolute. */
  readonly chatFolder: string;
  readonly selection: MediaSelection;
  /** Whether files that the archive already has are linked. Otherwise every file is fetched. */
  readonly deduplicates: boolean;
  /** How long to wait for hashes of a file that may be in the archive under another id. */
  readonly hashTimeoutMs: number;
  /** @defaultValue names stay as the source has them */
  readonly rightExtension?: IdentifyExtension;
  /** Called with bytes as they arrive. */
  readonly onBytes: (count: number) => void;
}

/** A file under its final name, and how its bytes were found if the archive had them before. */
export interface Placement {
  readonly file: PlacedFile;
  readonly duplicate?: DuplicateStep;
}
