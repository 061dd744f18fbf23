import { resolve } from 'node:path';

import type { Archive } from '../../archive/archive.js';
import type { Chat } from '../../chat/chat.js';
import type { MessageRecord } from '../../chat/record.js';
import { loadSettings } from '../../config/load-settings.js';
import type { Settings } from '../../config/settings.js';
import type { ProgressEvent } from '../../pipeline/export-progress.js';
import type { ParallelMediaProcessor } from '../../pipeline/processor/parallel-media-processor.js';
import { desktopJson } from '../../render/desktop-json.js';
import type { Renderer } from '../../render/renderer.js';
import type { LiveSource } from '../../source/live-source.js';
import { type ExportSummary, runExport } from './create-export.js';

export interface ExportChatsOptions {
  /** The source of messages: `openSource(settings)`, or a source of your own. It stays open. */
  readonly source: LiveSource;
  /**
   * The folder of the archive, which is created if necessary; a relative path starts at the working directory. Or an
   * open archive, which stays open: several exports may write to it at the same time.
   */
  readonly archive: string | Archive;
  /** Provides permits and the memory limit, for several jobs at the same time. @defaultValue one of its own */
  readonly processor?: ParallelMediaProcessor;
  /** Chats of the source, or references as users write them: `@name`, a link, an id, a title, `me`. */
  readonly chats: readonly (Chat | string)[];
  /** Render each chat when it is in the archive. @defaultValue `[desktopJson]` */
  readonly renderers?: readonly Renderer[];
  /**
   * Settings that differ from the defaults. `loadSettings().settings` returns those of the environment and of `.env`;
   * otherwise neither is read. `exportDir` is ignored in favour of `archive`.
   */
  readonly settings?: Partial<Settings>;
  /**
   * Called with each message that this run wrote, as soon as it and its files are durable. The order is ascending
   * within a chat, but messages whose media an earlier run could not fetch come first. A message comes again if the run
   * completes it later. It is not awaited, and an error that it throws stops the export with that error.
   */
  readonly onMessage?: (record: MessageRecord) => void;
  /** Called with the progress of the export. Must not throw. */
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Stops the export. What was written stays, and the next export continues from there. */
  readonly signal?: AbortSignal;
}

/**
 * Exports chats into an archive, one after the other, and renders each. A chat that is already in the archive is
 * updated. Media that cannot be fetched do not stop the export: the summary lists them.
 *
 * @throws {ChatferryError} `CHAT_NOT_FOUND` or `USAGE` for a name that matches no chat, or several; `LOCKED` when
 *   another process writes to the archive; other errors that stop an export, such as `UNREACHABLE`, `LOGIN_REQUIRED`,
 *   `FILE_SYSTEM`. The signal's reason when it aborts.
 *
 * @example
 * await using source = await openSource(loadSettings().settings);
 * const { line } = await exportChats({ source, archive: 'exports', chats: ['@harbour_crew'] });
 */
export async function exportChats(options: ExportChatsOptions): Promise<ExportSummary> {
  const { source, archive, renderers = [desktopJson], onMessage, onProgress } = options;
  const { signal = new AbortController().signal } = options;
  const defaults = loadSettings({ env: {}, readsFiles: false }).settings;
  const chats: Chat[] = [];
  for (const chat of options.chats) {
    chats.push(typeof chat === 'string' ? await source.resolveChat(chat, signal) : chat);
  }
  return runExport({
    settings: {
      ...defaults,
      ...options.settings,
      exportDir: typeof archive === 'string' ? resolve(archive) : archive.directory,
    },
    archive: typeof archive === 'string' ? undefined : archive,
    processor: options.processor,
    source,
    chats,
    renderers,
    reporter: { event: (event) => onProgress?.(event) },
    signal,
    follower: {
      begin: () => undefined,
      chatStarted: () => undefined,
      committed: (records) => {
        if (onMessage !== undefined) records.forEach((record) => onMessage(record));
      },
      end: () => undefined,
    },
  });
}
