import type { ErrorCode } from '../../errors/chatferry-error.js';
import type { ChatId } from '../../chat/chat-id.js';
import type { Message } from '../../chat/message.js';
import type { ArchiveReader } from '../archive-reader.js';
import type { SearchOptions } from '../archive-options.js';
import type { StoredDescription } from '../description.js';

/** What every reader of an archive can say at once. */
export type ArchivePlace = Pick<ArchiveReader, 'directory' | 'folderMode'>;

/** A method of an archive as a function. */
type Read<
  Name extends 'chat' | 'chats' | 'files' | 'message' | 'messageCount' | 'messages' | 'missingMedia' | 'sender',
> = (...values: Parameters<ArchiveReader[Name]>) => ReturnType<ArchiveReader[Name]>;

/** Reads with one answer. */
export interface Reads {
  /** The first of all: opens the archive for reading. */
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

/** Reads with so many answers that they come in pages. */
export interface Walks {
  readonly files: Read<'files'>;
  readonly messages: Read<'messages'>;
}

/** What the thread is asked. It answers each in the order in which they came. */
export type ThreadRequest =
  | { readonly type: 'read'; readonly name: keyof Reads; readonly values: readonly unknown[] }
  /** Begins a walk, and answers with its first page. @see WalkPage */
  | { readonly type: 'walk'; readonly walk: number; readonly name: keyof Walks; readonly values: readonly unknown[] }
  /** The next page of a walk. */
  | { readonly type: 'next'; readonly walk: number };

/** What the thread is told. It has no answer. */
export type ThreadNotice =
  /** Nobody wants more pages of a walk. */
  | { readonly type: 'leave'; readonly walk: number }
  /** Closes the archive and ends. */
  | { readonly type: 'close' };

/** Some of the answers of a walk, in order. */
export interface WalkPage {
  readonly items: readonly unknown[];
  /** Whether there are no more. The walk has ended then. */
  readonly isLast: boolean;
}

export type ThreadAnswer = { readonly value: unknown } | { readonly failure: ThreadFailure };

/** An error on its way between threads: a class of ours would arrive as a plain `Error`. */
export interface ThreadFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** Of what was thrown, for logs. */
  readonly stack: string | undefined;
}
