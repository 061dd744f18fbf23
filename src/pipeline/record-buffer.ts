import type { Archive } from '../archive/archive.js';
import type { MessageRecord } from '../chat/record.js';
import type { AccountId, ChatId } from '../chat/chat-id.js';
import type { PeerId } from '../chat/peer.js';
import type { Sender } from '../chat/sender.js';
import type { WalkedMessage } from './known-message.js';

/** Records that one transaction takes: a durable commit costs the same for one as for many. */
const COMMIT_RECORDS = 100;
/** How long a finished record may wait for company before it is written all the same. */
const COMMIT_DELAY_MS = 250;

export interface RecordBufferOptions {
  readonly archive: Archive;
  readonly chatId: ChatId;
  /** Whose cursor follows the records: so for a walk of the history. Undefined for second tries. */
  readonly movesCursorOf?: AccountId | undefined;
  /** Called after each commit with what is now durable, and how many messages of it were not there before. */
  readonly onCommit: (records: readonly MessageRecord[], newMessageCount: number) => void;
}

/** Gathers finished records, in order, and writes them a hundred at a time, or a quarter of a second after the first. */
export class RecordBuffer implements Disposable {
  readonly #options: RecordBufferOptions;
  readonly #senders = new Map<PeerId, Sender>();
  #walked: WalkedMessage[] = [];
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: RecordBufferOptions) {
    this.#options = options;
  }

  /** Senders go in with the next commit, so that they are there before the messages that name them. */
  addSenders(senders: readonly Sender[]): void {
    for (const sender of senders) this.#senders.set(sender.id, sender);
  }

  /** @throws {ChatferryError} `FILE_SYSTEM`, when a commit failed, this one or one since the last call. */
  add(message: WalkedMessage): void {
    this.#rethrow();
    this.#walked.push(message);
    if (this.#walked.length >= COMMIT_RECORDS) this.flush();
    else
      this.#timer ??= setTimeout(() => {
        this.#flushLater();
      }, COMMIT_DELAY_MS);
  }

  /** Writes what is there. @throws {ChatferryError} `FILE_SYSTEM`. */
  flush(): void {
    this.#rethrow();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [first] = this.#walked;
    const last = this.#walked.at(-1);
    if (first === undefined || last === undefined) return;

    const { archive, chatId, movesCursorOf, onCommit } = this.#options;
    const records = this.#walked.flatMap(({ record }) => record ?? []);
    const newMessageCount = archive.commit({
      chatId,
      records,
      senders: [...this.#senders.values()],
      ...(movesCursorOf === undefined
        ? {}
        : { reached: { account: movesCursorOf, firstMessageId: first.id, cursor: last.id } }),
    });
    this.#walked = [];
    this.#senders.clear();
    onCommit(records, newMessageCount);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  /** In a timer nobody can catch: the error waits for the next call. */
  #flushLater(): void {
    try {
      this.flush();
    } catch (error) {
      this.#failure = { error };
    }
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
