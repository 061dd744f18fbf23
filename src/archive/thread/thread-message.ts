import type { ErrorCode } from '../../errors/chatferry-error.js';
import type { ChatId } from '../../chat/chat-id.js';
import type { Message } from '../../chat/message.js';
import type { ArchiveReader } from '../archive-reader.js';
import type { SearchOptions } from '../archive-options.js';
import type { StoredDescription } from '../description.js';

/** What is known once the archive is open. */
export type ArchivePlace = Pick<ArchiveReader, 'directory' | 'folderMode'>;

/** A method of an archive as a function. */
type Read<
  Name extends 'chat' | 'chats' | 'files' | 'message' | 'messageCount' | 'messages' | 'missingMedia' | 'sender',
> = (...values: Parameters<ArchiveReader[Name]>) => ReturnType<ArchiveReader[Name]>;

/** Reads with one answer. */
export interface Reads {
  /** Opens the archive for reading. Called first. */
  readonly open: (directory: string) => Promise<ArchivePlace>;
  readonly chat: Read<'chat'>;
  readonly chats: Read<'chats'>;
  readonly description: (chatId: ChatId, sha256: string) => StoredDescription | undefined;
  readonly message: Read<'message'>;
  readonly messageCount: Read<'messageCount'>;
  readonly missingMedia: Read<'missingMedia'>;
  readonly search: (query: string, options: SearchOptions) => readonly Message[];
  readonly sender: Read<'sender'>;
}

/** Reads whose results are returned in pages. */
export interface Walks {
  readonly files: Read<'files'>;
  readonly messages: Read<'messages'>;
}

/** A message to the thread that it answers, in the order of arrival. */
export type ThreadRequest =
  | { readonly type: 'read'; readonly name: keyof Reads; readonly values: readonly unknown[] }
  /** Begins a walk, and answers with its first page. @see WalkPage */
  | { readonly type: 'walk'; readonly walk: number; readonly name: keyof Walks; readonly values: readonly unknown[] }
  /** The next page of a walk. */
  | { readonly type: 'next'; readonly walk: number };

/** A message to the thread without an answer. */
export type ThreadNotice =
  /** No more pages of a walk are needed. */
  | { readonly type: 'leave'; readonly walk: number }
  /** Closes the archive and ends. */
  | { readonly type: 'close' };

/** Some items of a walk, in order. */
export interface WalkPage {
  readonly items: readonly unknown[];
  /** Whether the walk has ended. */
  readonly isLast: boolean;
}

export type ThreadAnswer = { readonly value: unknown } | { readonly failure: ThreadFailure };

/** An error as it is passed between threads, where a `ChatferryError` would become a plain `Error`. */
export interface ThreadFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** Of the original error, for logs. */
  readonly stack: string | undefined;
}
