import type { Archive } from '../archive/archive.js';
import type { StoredChat } from '../archive/records.js';

export interface RenderOptions {
  /** The directory that the archive lives in. Files are written into the chat's folder below it, replaced atomically. */
  readonly directory: string;
  /**
   * IANA time zone for formats that print local times.
   *
   * @defaultValue the zone of this machine
   */
  readonly timeZone?: string;
  /** Called with the number of messages rendered since the last call. */
  readonly onMessages?: (count: number) => void;
  readonly signal: AbortSignal;
}

export interface Rendered {
  /** Absolute paths of the files that were written. */
  readonly paths: readonly string[];
  readonly messageCount: number;
  /** Media whose file is not on the disk as the archive has it, and which are rendered as missing. */
  readonly lostFileCount: number;
}

/** Turns a chat of the archive into files of one format. It can be run again at any time and gives the same bytes. */
export interface Renderer {
  /** What `--format` takes. */
  readonly format: string;
  render(archive: Archive, chat: StoredChat, options: RenderOptions): Promise<Rendered>;
}
