import type { Archive } from '../../../archive/archive.js';
import type { MediumPosition } from '../../../archive/description.js';
import type { Chat } from '../../../chat/chat.js';
import { unlessAborted } from '../../../concurrency/unless-aborted.js';
import type { UploadItem } from '../../../upload/uploaded-file.js';
import { itemOf } from '../items/chat-items.js';

/** Rows that are in memory at once. */
const PAGE_SIZE = 100;

interface FollowedChat {
  readonly id: Chat['id'];
  /** The last one that was there before the run. */
  readonly after: MediumPosition;
}

/**
 * The files of an export that runs, each as soon as its row is written. The archive is the queue: memory does not grow with
 * what waits. Several may walk, each at its own speed.
 */
export class CommittedFiles {
  readonly #archive: Archive;
  readonly #chats: FollowedChat[] = [];
  #news = bell();
  #hasEnded = false;

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  /** Chats come one after the other: the one before is finished. */
  chatStarted({ id }: Chat): void {
    const messageId = this.#archive.lastMessageId(id) ?? Number.MIN_SAFE_INTEGER;
    this.#chats.push({ id, after: { messageId, position: Number.MAX_SAFE_INTEGER } });
    this.committed();
  }

  committed(): void {
    this.#news.ring();
    this.#news = bell();
  }

  /** The archive is not asked any more. */
  end(): void {
    this.#hasEnded = true;
    this.committed();
  }

  /** Ends when the export does, with what was not taken up by then left out. @throws the signal's reason when it aborts. */
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
      const page = this.#archive.storedFiles.page(chat.id, after, PAGE_SIZE);
      const stored = page.length === 0 ? undefined : this.#archive.chat(chat.id);
      if (stored === undefined) {
        if (index < this.#chats.length - 1) return; // The next one has begun: no more rows of this one will come.
        await this.#wait(signal);
        continue;
      }
      const place = { directory: this.#archive.directory, chat: stored, name: stored.folder };
      for (const file of page) {
        after = { messageId: file.messageId, position: file.position };
        yield itemOf(place, file);
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
