import type { Archive } from '../../archive/archive.js';
import type { StoredChat } from '../../archive/records.js';
import type { Settings } from '../../config/settings.js';
import { isChatferryError } from '../../errors/chatferry-error.js';
import type { ProgressReporter } from '../../pipeline/export-progress.js';
import { rendererFor } from '../renderers.js';

/** After Ctrl-C the whole program has 2 seconds (docs/OPERATIONS.md); the rest of them is for ending in order. */
const INTERRUPTED_RENDERING_MS = 1200;

export interface ChatRenderingOptions {
  readonly archive: Archive;
  readonly settings: Settings;
  readonly formats: readonly string[];
  readonly reporter: ProgressReporter;
}

/** Renders the chats of an export, whole ones and those that a person stopped. */
export class ChatRendering {
  readonly #options: ChatRenderingOptions;

  constructor(options: ChatRenderingOptions) {
    this.#options = options;
  }

  /**
   * @returns the absolute paths of what was rendered.
   * @throws {ChatferryError} `FILE_SYSTEM`, `ARCHIVE_DAMAGED`; the signal's reason when it aborts.
   */
  async render(chat: StoredChat, signal: AbortSignal): Promise<readonly string[]> {
    const { archive, settings, formats, reporter } = this.#options;
    const paths: string[] = [];
    for (const format of formats) {
      const rendered = await rendererFor(format).render(archive, chat, {
        directory: archive.directory,
        ...(settings.timeZone === undefined ? {} : { timeZone: settings.timeZone }),
        signal,
      });
      paths.push(...rendered.paths);
      for (const path of rendered.paths) reporter.event({ type: 'rendered', format, path });
    }
    return paths;
  }

  /**
   * Renders what is there of a chat whose export was interrupted, where that is done in a moment; else the last rendering
   * stays. Never rejects: the interruption is what ended the run.
   */
  async renderInterrupted(chat: StoredChat): Promise<void> {
    const { reporter } = this.#options;
    try {
      await this.render(chat, AbortSignal.timeout(INTERRUPTED_RENDERING_MS));
    } catch (error) {
      const isLate = !isChatferryError(error);
      const text = isLate
        ? 'There was no time to render what is there: `chatferry render` does it.'
        : `What is there could not be rendered: ${error.message}`;
      reporter.event({ type: 'note', text });
    }
  }
}
