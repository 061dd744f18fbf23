import type { Archive } from '../archive/archive.js';
import type { MessageRecord } from '../chat/record.js';
import type { AccountId, ChatId } from '../chat/chat-id.js';
import type { PeerId } from '../chat/peer.js';
import type { Sender } from '../chat/sender.js';
import type { WalkedMessage } from './known-message.js';

/** Records per transaction: a durable commit costs the same for one record as for many. */
const COMMIT_RECORDS = 100;
/** The longest time that a finished record waits for others before it is written. */
const COMMIT_DELAY_MS = 250;

export interface RecordBufferOptions {
  readonly archive: Archive;
  readonly chatId: ChatId;
  /** The account whose cursor moves with the records, for a walk of the history. Undefined for retries. */
  readonly movesCursorOf?: AccountId | undefined;
  /** Called after each commit with the records that are now durable, and how many of their messages are new. */
  readonly onCommit: (records: readonly MessageRecord[], newMessageCount: number) => void;
}

/**
 * Collects finished records in order, and writes them when there are a hundred, or a quarter of a second after the
 * first.
 */
export class RecordBuffer implements Disposable {
  readonly #options: RecordBufferOptions;
  readonly #senders = new Map<PeerId, Sender>();
  #walked: WalkedMessage[] = [];
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: RecordBufferOptions) {
    this.#options = options;
  }

  /** Senders are written with the next commit, before the messages that name them. */
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

  /** Writes all collected records. @throws {ChatferryError} `FILE_SYSTEM`. */
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

  /** A caller cannot catch an error of a timer, so it is kept for the next call. */
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
