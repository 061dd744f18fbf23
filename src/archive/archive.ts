import type { Chat } from '../chat/chat.js';
import type { Cursor } from '../chat/cursor.js';
import type { Message } from '../chat/message.js';
import type { PeerId } from '../chat/peer.js';
import type { Sender } from '../chat/sender.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import type { Commit, MessageRecord, MissingMedia, StoredChat, StoredFile } from './records.js';
import type { RunEnd, RunStart } from './run-record.js';

/** A file that is somewhere in the archive, perhaps in the folder of another chat. */
export interface FoundFile extends StoredFile {
  readonly absolutePath: string;
}

export interface ArchiveOptions {
  /** @defaultValue `false` */
  readonly readOnly?: boolean;
}

export interface MessagesOptions {
  readonly after?: Cursor;
  readonly limit?: number;
}

export interface SearchOptions {
  readonly chatId?: PeerId;
  readonly limit?: number;
}

/** One directory with `archive.db` and a folder per chat: the single source of truth. */
export class Archive implements Disposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static open(directory: string, _options: ArchiveOptions = {}): Promise<Archive> {
    return Promise.resolve(new Archive(directory));
  }

  placeChat(_chat: Chat): StoredChat {
    return notYet();
  }

  chats(): readonly StoredChat[] {
    return notYet();
  }

  chat(_id: PeerId): StoredChat | undefined {
    return notYet();
  }

  commit(_commit: Commit): void {
    notYet();
  }

  messages(_chatId: PeerId, _options: MessagesOptions = {}): IterableIterator<MessageRecord> {
    return notYet();
  }

  messageCount(_chatId: PeerId): number {
    return notYet();
  }

  sender(_id: PeerId): Sender | undefined {
    return notYet();
  }

  messagesWithFailedMedia(_chatId: PeerId): readonly number[] {
    return notYet();
  }

  missingMedia(_chatId: PeerId): readonly MissingMedia[] {
    return notYet();
  }

  findFile(_remoteId: string): FoundFile | undefined {
    return notYet();
  }

  findFileByHash(_sha256: string, _sizeBytes: number): FoundFile | undefined {
    return notYet();
  }

  search(_query: string, _options: SearchOptions = {}): readonly Message[] {
    return notYet();
  }

  beginRun(_run: RunStart): number {
    return notYet();
  }

  endRun(_id: number, _end: RunEnd): void {
    notYet();
  }

  close(): void {
    notYet();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function notYet(): never {
  throw new ChatferryError('INTERNAL', 'The archive is not built yet.');
}
