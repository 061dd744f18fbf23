import type { ArchiveReader } from '../archive/archive-reader.js';
import type { StoredChat } from '../archive/records.js';

/**
 * Turns chats of an archive into files of one format. It holds no state: several runs of it may go on side by side.
 * Rendering the same archive again gives the same bytes.
 */
export interface Renderer {
  /** Its name in events and results: `json`. */
  readonly format: string;
  /**
   * Begins a run: called once, before its chats. Writes nothing yet.
   *
   * @throws {ChatferryError} `USAGE` for options that it cannot work with.
   */
  begin(options: RenderRunOptions): RenderRun | Promise<RenderRun>;
}

export interface RenderRunOptions {
  /** Where messages come from. Files are written into its chats' folders, and into its directory. */
  readonly archive: ArchiveReader;
  /**
   * IANA time zone for formats that print local times.
   *
   * @defaultValue the zone of this machine
   */
  readonly timeZone?: string | undefined;
}

/**
 * One run of a renderer. Its methods are called one at a time. Each file is replaced atomically, when it is complete: a
 * call that rejects leaves the last rendering in its place. Disposing releases what the run holds, finished or not, and
 * leaves no temporary files.
 */
export interface RenderRun extends AsyncDisposable {
  /**
   * Renders one chat into its folder. Called for each chat of the run, and again for a chat whose messages have changed.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`, `ARCHIVE_DAMAGED`; the signal's reason when it aborts.
   */
  chat(chat: StoredChat, options: RenderChatOptions): Promise<RenderedChat>;
  /**
   * Writes the files that cover more than one chat, such as a list of all chats. They show the whole archive, not only the
   * chats of this run. Not called for a run that failed.
   *
   * @returns their absolute paths; empty for formats that have none.
   * @throws as {@link RenderRun.chat}.
   */
  finish(options: { readonly signal: AbortSignal }): Promise<readonly string[]>;
}

export interface RenderChatOptions {
  /** Called with the number of messages rendered since the last call. */
  readonly onMessages?: (count: number) => void;
  readonly signal: AbortSignal;
}

export interface RenderedChat {
  /** Absolute paths of the files that were written. */
  readonly paths: readonly string[];
  readonly messageCount: number;
  /** Media whose file is not on the disk as the archive has it, and which are rendered as missing. */
  readonly lostFileCount: number;
}
