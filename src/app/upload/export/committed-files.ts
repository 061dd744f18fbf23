import type { Archive } from '../../../archive/archive.js';
import type { MediaPosition } from '../../../archive/description.js';
import type { Chat } from '../../../chat/chat.js';
import { unlessAborted } from '../../../concurrency/unless-aborted.js';
import type { UploadItem } from '../../../upload/uploaded-file.js';
import { itemOf } from '../items/chat-items.js';

/** Rows in memory at once. */
const PAGE_SIZE = 100;

interface FollowedChat {
  readonly id: Chat['id'];
  /** The last position before the run. */
  readonly after: MediaPosition;
}

/**
 * The files of a running export, each as soon as its row is written. The archive is the queue, so memory does not grow
 * with the number of waiting files. Several readers may iterate at their own speed.
 */
export class CommittedFiles {
  readonly #archive: Archive;
  readonly #chats: FollowedChat[] = [];
  #news = bell();
  #hasEnded = false;

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  /** Chats come one after the other, so the previous one is finished. */
  chatStarted({ id }: Chat): void {
    const messageId = this.#archive.lastMessageId(id) ?? Number.MIN_SAFE_INTEGER;
    this.#chats.push({ id, after: { messageId, position: Number.MAX_SAFE_INTEGER } });
    this.committed();
  }

  committed(): void {
    this.#news.ring();
    this.#news = bell();
  }

  /** After this call the archive is no longer read. */
  end(): void {
    this.#hasEnded = true;
    this.committed();
  }

  /**
   * Ends when the export does. Files that were not yielded by then are left out.
   *
   * @throws the signal's reason when it aborts.
   */
  async *items(signal: AbortSignal): AsyncGenerator<UploadItem, void, void> {
    for (let index = 0; !this.#hasEnded;) {
      const chat = this.#chats[index];
      if (chat !== undefined) yield* this.#itemsOf(chat, index, signal);
      if (chat !== undefined) index += 1;
      else await this.#wait(signal);
    }
  }

  async *#itemsOf(chat: FollowedChat, index: number, signal: AbortSignal): AsyncGenerator<UploadItem, void, void> {
    let { after } = chat;
    while (!this.#hasEnded) {
      const stored = this.#archive.chat(chat.id);
      const page = stored === undefined ? [] : this.#archive.storedFiles.mediaAfter(stored, after, PAGE_SIZE);
      if (stored === undefined || page.length === 0) {
        if (index < this.#chats.length - 1) return; // The next chat has begun, so this one gets no more rows.
        await this.#wait(signal);
        continue;
      }
      const place = { directory: this.#archive.directory, chat: stored, name: stored.folder };
      for (const file of page) {
        const { messageId = after.messageId, position = after.position } = file;
        after = { messageId, position };
        if (!file.isMissing) yield itemOf(place, file);
      }
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (!this.#hasEnded) await unlessAborted(this.#news.rung, signal);
  }
}

interface Bell {
  readonly rung: Promise<void>;
  readonly ring: () => void;
}

function bell(): Bell {
  let ring = (): void => undefined;
  const rung = new Promise<void>((resolve) => {
    ring = resolve;
  });
  return { rung, ring };
}
