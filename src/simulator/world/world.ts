import type { TlObject } from '../tl/tl-object.js';

/** Bytes that `upload.getFile` serves. */
export interface WorldFile {
  readonly sizeBytes: number;
  /** Returns fewer bytes than asked for only at the end of the file. */
  read(offset: number, length: number): Uint8Array;
}

/** What a CDN data centre has of a file (https://core.telegram.org/cdn). */
export interface CdnCopy {
  readonly dcId: number;
  /**
   * Its bytes before encryption. A CDN is not to be trusted: they may be others.
   *
   * @defaultValue those of the file
   */
  readonly file?: WorldFile;
}

/** One account that can log in. */
export interface WorldAccount {
  readonly userId: bigint;
  /** Digits only, international. */
  readonly phone?: string;
  /** The code that "arrives". */
  readonly code?: string;
  /** The 2FA password, when the account has one. */
  readonly password?: string;
  /** For bots instead of phone and code. */
  readonly botToken?: string;
}

/** `user:1`, `chat:2`, `channel:3`: how the world names a peer. */
export type WorldPeer = `user:${bigint}` | `chat:${bigint}` | `channel:${bigint}`;

/** The messages of one chat: TL `message`/`messageService`/`messageEmpty` objects, ids strictly ascending. */
export interface WorldHistory {
  readonly length: number;
  /** @throws {RangeError} outside `0 … length - 1`. */
  at(index: number): TlObject;
  /** The index of the first message whose id is at least `id`; `length` when there is none. */
  indexOf(id: number): number;
}

/**
 * What the simulated Telegram knows. Read by the methods on every request, so that a test may change it while a client
 * is connected.
 */
export interface World {
  readonly accounts: readonly WorldAccount[];
  /** TL `user` objects by id. Access hashes are the world's; the server checks them. */
  readonly users: ReadonlyMap<bigint, TlObject>;
  /** TL `chat` and `channel` objects (forbidden and empty forms too) by peer. */
  readonly chats: ReadonlyMap<WorldPeer, TlObject>;
  /** TL `userFull`, `chatFull`, `channelFull` where they matter (a migrated group's `migrated_from_chat_id`). */
  readonly fullChats: ReadonlyMap<WorldPeer, TlObject>;
  /** The dialogs of an account, newest activity first. */
  dialogs(userId: bigint): readonly WorldPeer[];
  /** The history that `userId` sees. Undefined when there is no such chat. */
  history(userId: bigint, peer: WorldPeer): WorldHistory | undefined;
  /** Topics of a forum: TL `forumTopic` objects. */
  topics(peer: WorldPeer): readonly TlObject[];
  /**
   * The bytes behind a TL `photo` or `document`. `size` is the `type` of a photo size or a thumbnail (`x`, `m`);
   * undefined for a document itself.
   */
  file(kind: 'photo' | 'document', id: bigint, size?: string): WorldFile | undefined;
  /**
   * What a CDN data centre has of the same file. Clients that say that they know CDNs are sent there, where that data
   * centre runs. Undefined: the file is at its own data centre alone.
   */
  cdnCopy?(kind: 'photo' | 'document', id: bigint, size?: string): CdnCopy | undefined;
  /** A TL `storyItem` (deleted and skipped forms too) that a peer has shown. */
  story?(peer: WorldPeer, id: number): TlObject | undefined;
  /** The TL `photo` or `document` itself, for methods that ask by id (custom emoji) and for checking access hashes. */
  object?(kind: 'photo' | 'document', id: bigint): TlObject | undefined;
}
