import type { StoredChat } from '../../archive/records.js';
import { isChatferryError } from '../../errors/chatferry-error.js';
import type { RunEvents } from '../../pipeline/export-progress.js';
import { Rendering, type RenderingOptions } from '../render-chats.js';

/** After Ctrl-C the whole program has 2 seconds (docs/OPERATIONS.md). The remaining time is for an orderly shutdown. */
const INTERRUPTED_RENDERING_MS = 1200;

export interface ChatRenderingOptions extends Omit<RenderingOptions, 'onRendered'> {
  readonly reporter: RunEvents;
}

/**
 * Renders the chats of an export: complete ones, and one that a person interrupted. Dispose of it at the end of the
 * export.
 */
export class ChatRendering implements AsyncDisposable {
  readonly #rendering: Rendering;
  readonly #reporter: RunEvents;

  private constructor(rendering: Rendering, reporter: RunEvents) {
    this.#rendering = rendering;
    this.#reporter = reporter;
  }

  /** @throws {ChatferryError} `USAGE` if a renderer cannot work with the options. */
  static async begin({ reporter, ...options }: ChatRenderingOptions): Promise<ChatRendering> {
    const rendering = await Rendering.begin({
      ...options,
      onRendered: ({ format, paths }) => {
        for (const path of paths) reporter.event({ type: 'rendered', format, path });
      },
    });
    return new ChatRendering(rendering, reporter);
  }

  /**
   * @returns the absolute paths of the files that were written.
   * @throws {ChatferryError} `FILE_SYSTEM`, `ARCHIVE_DAMAGED`; the signal's reason when it aborts.
   */
  async render(chat: StoredChat, signal: AbortSignal): Promise<readonly string[]> {
    return (await this.#rendering.chat(chat, signal)).flatMap(({ paths }) => paths);
  }

  /**
   * Renders the messages of an interrupted export if that is quick; otherwise the previous rendering stays. Never
   * rejects, because the interruption is the error of the run.
   */
  async renderInterrupted(chat: StoredChat): Promise<void> {
    try {
      await this.render(chat, AbortSignal.timeout(INTERRUPTED_RENDERING_MS));
    } catch (error) {
      const isLate = !isChatferryError(error);
      const text = isLate
        ? 'There was no time to render the exported messages: `chatferry render` does it.'
        : `The exported messages could not be rendered: ${error.message}`;
      this.#reporter.event({ type: 'note', text });
    }
  }

  /** Writes the files that cover more than one chat. @returns their absolute paths. @throws as {@link ChatRendering.render}. */
  async finish(signal: AbortSignal): Promise<readonly string[]> {
    return this.#rendering.finish(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rendering[Symbol.asyncDispose]();
  }
}
