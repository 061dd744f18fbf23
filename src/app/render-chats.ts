import type { ArchiveReader } from '../archive/archive-reader.js';
import type { StoredChat } from '../archive/records.js';
import type { RenderedChat, Renderer, RenderRun } from '../render/renderer.js';

export interface RenderingOptions {
  readonly archive: ArchiveReader;
  /** Called one after the other, in this order. */
  readonly renderers: readonly Renderer[];
  /** IANA time zone for formats that print local times. @defaultValue the zone of this machine */
  readonly timeZone?: string | undefined;
  /** Called when the files of a chat are written, or those that cover several chats. Must not throw. */
  readonly onRendered: (rendered: RenderedFiles) => void;
}

/** Files that were written in one format. */
export interface RenderedFiles {
  readonly format: string;
  /** Absolute. */
  readonly paths: readonly string[];
  /** Absent for files that cover more than one chat. */
  readonly chat?: ChatInFormat;
}

/** A chat in one format. */
export interface ChatInFormat extends RenderedChat {
  readonly chat: StoredChat;
  readonly format: string;
}

/** The files that a rendering run has written. */
export interface RenderedChats {
  /** In the order of the chats, each in the order of the renderers. */
  readonly chats: readonly ChatInFormat[];
  /** Absolute paths of the files that cover more than one chat. */
  readonly paths: readonly string[];
}

/**
 * Renders chats of an archive. They may be yielded one by one while they are exported or checked.
 *
 * @throws {ChatferryError} `USAGE` if a renderer cannot work with the options, before anything is written;
 *   `FILE_SYSTEM`, `ARCHIVE_DAMAGED`; the signal's reason when it aborts. Chats that are already rendered stay.
 */
export async function renderChats(
  chats: Iterable<StoredChat> | AsyncIterable<StoredChat>,
  { signal, ...options }: RenderingOptions & { readonly signal: AbortSignal },
): Promise<RenderedChats> {
  await using rendering = await Rendering.begin(options);
  const rendered: ChatInFormat[] = [];
  for await (const chat of chats) rendered.push(...(await rendering.chat(chat, signal)));
  return { chats: rendered, paths: await rendering.finish(signal) };
}

/** The same with the caller in control: one run of several renderers. Dispose of it when it is no longer needed. */
export class Rendering implements AsyncDisposable {
  readonly #runs: readonly FormatRun[];
  readonly #onRendered: RenderingOptions['onRendered'];

  private constructor(runs: readonly FormatRun[], onRendered: RenderingOptions['onRendered']) {
    this.#runs = runs;
    this.#onRendered = onRendered;
  }

  /** @throws as {@link renderChats}. */
  static async begin({ archive, renderers, timeZone, onRendered }: RenderingOptions): Promise<Rendering> {
    const runs: FormatRun[] = [];
    const rendering = new Rendering(runs, onRendered);
    try {
      for (const renderer of renderers) {
        runs.push({ format: renderer.format, run: await renderer.begin({ archive, timeZone }) });
      }
      return rendering;
    } catch (error) {
      await rendering[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Renders a chat in each format. @throws as {@link renderChats}. */
  async chat(chat: StoredChat, signal: AbortSignal): Promise<readonly ChatInFormat[]> {
    const rendered: ChatInFormat[] = [];
    for (const { format, run } of this.#runs) {
      signal.throwIfAborted();
      const one = { ...(await run.chat(chat, { signal })), chat, format };
      this.#onRendered({ format, paths: one.paths, chat: one });
      rendered.push(one);
    }
    return rendered;
  }

  /**
   * Writes the files that cover more than one chat.
   *
   * @returns their absolute paths.
   * @throws as {@link renderChats}.
   */
  async finish(signal: AbortSignal): Promise<readonly string[]> {
    const paths: string[] = [];
    for (const { format, run } of this.#runs) {
      const written = await run.finish({ signal });
      if (written.length > 0) this.#onRendered({ format, paths: written });
      paths.push(...written);
    }
    return paths;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { run } of this.#runs) await run[Symbol.asyncDispose]();
  }
}

interface FormatRun {
  readonly format: string;
  readonly run: RenderRun;
}
