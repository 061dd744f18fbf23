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
  /** Where the messages come from: `openSource(settings)`, or a source of your own. It stays open. */
  readonly source: LiveSource;
  /**
   * The folder of the archive; made where it is not there. Relative paths start at the working directory. Or an open archive,
   * which stays open: several exports may write to it at the same time.
   */
  readonly archive: string | Archive;
  /** Whose permits and memory limit count, for several jobs at the same time. @defaultValue one of its own */
  readonly processor?: ParallelMediaProcessor;
  /** Chats of the source, or what people write for one: `@name`, a link, an id, a title, `me`. */
  readonly chats: readonly (Chat | string)[];
  /** What each chat is rendered to when it is in the archive. @defaultValue `[desktopJson]` */
  readonly renderers?: readonly Renderer[];
  /**
   * How to export, where it differs from the defaults. `loadSettings().settings` gives what the environment and `.env` say;
   * without it neither is read. `exportDir` does not count: `archive` says where.
   */
  readonly settings?: Partial<Settings>;
  /**
   * Called with each message that this run wrote, as soon as it and its files are durable. In ascending order of a chat;
   * messages whose media an earlier run owes come first. A message comes again if the run completes it later. It is not
   * awaited, and an error that it throws stops the export with that error.
   */
  readonly onMessage?: (record: MessageRecord) => void;
  /** Called with how the export proceeds. Must not throw. */
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Stops the export. What was written stays, and the next export continues there. */
  readonly signal?: AbortSignal;
}

/**
 * Exports chats into an archive, one after the other, and renders each. A chat that is in the archive already is brought up
 * to date. Media that cannot be had do not stop the export: the summary lists them.
 *
 * @throws {ChatferryError} `CHAT_NOT_FOUND` or `USAGE` for a name that means no chat, or several; `LOCKED` when another
 *   process writes to the archive; what else stops an export, such as `UNREACHABLE`, `LOGIN_REQUIRED`, `FILE_SYSTEM`. The
 *   signal's reason when it aborts.
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
