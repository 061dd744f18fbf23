import type { TlObject } from '../tl/tl-object.js';

/** Bytes that `upload.getFile` serves. */
export interface WorldFile {
  readonly sizeBytes: number;
  /** Returns fewer bytes than asked for only at the end of the file. */
  read(offset: number, length: number): Uint8Array;
}

/** The copy of a file in a CDN data centre (https://core.telegram.org/cdn). */
export interface CdnCopy {
  readonly dcId: number;
  /**
   * The bytes before encryption. They may differ from the file, since CDNs are not trusted.
   *
   * @defaultValue the bytes of the file
   */
  readonly file?: WorldFile;
}

/** One account that can log in. */
export interface WorldAccount {
  readonly userId: bigint;
  /** Digits only, international. */
  readonly phone?: string;
  /** The login code that is accepted. */
  readonly code?: string;
  /** The password of two-step verification, if the account has one. */
  readonly password?: string;
  /** The token of a bot, instead of phone and code. */
  readonly botToken?: string;
}

/** The id of a peer in a world: `user:1`, `chat:2`, `channel:3`. */
export type WorldPeer = `user:${bigint}` | `chat:${bigint}` | `channel:${bigint}`;

/** The messages of one chat: TL `message`, `messageService` and `messageEmpty` objects with strictly ascending ids. */
export interface WorldHistory {
  readonly length: number;
  /** @throws {RangeError} outside `0 … length - 1`. */
  at(index: number): TlObject;
  /** The index of the first message whose id is at least `id`; `length` if there is none. */
  indexOf(id: number): number;
}

/**
 * The content of the simulated Telegram: accounts, chats, messages, files. It is read on every request, so a test may
 * change it while a client is connected.
 */
export interface World {
  readonly accounts: readonly WorldAccount[];
  /** TL `user` objects by id. The world sets their access hashes; the server checks them. */
  readonly users: ReadonlyMap<bigint, TlObject>;
  /** TL `chat` and `channel` objects by peer, including forbidden and empty ones. */
  readonly chats: ReadonlyMap<WorldPeer, TlObject>;
  /**
   * TL `userFull`, `chatFull`, `channelFull` by peer, if needed (such as for a migrated group's
   * `migrated_from_chat_id`).
   */
  readonly fullChats: ReadonlyMap<WorldPeer, TlObject>;
  /** The dialogs of an account, newest activity first. */
  dialogs(userId: bigint): readonly WorldPeer[];
  /** The history that `userId` sees. Undefined if there is no such chat. */
  history(userId: bigint, peer: WorldPeer): WorldHistory | undefined;
  /** Topics of a forum: TL `forumTopic` objects. */
  topics(peer: WorldPeer): readonly TlObject[];
  /**
   * The bytes of a TL `photo` or `document`. `size` is the `type` of a photo size or thumbnail (`x`, `m`); undefined
   * for the document itself.
   */
  file(kind: 'photo' | 'document', id: bigint, size?: string): WorldFile | undefined;
  /**
   * The copy of a file in a CDN data centre. Clients that support CDNs are redirected there, if that data centre is
   * running. Undefined if only the file's own data centre has it.
   */
  cdnCopy?(kind: 'photo' | 'document', id: bigint, size?: string): CdnCopy | undefined;
  /** A story of a peer: TL `storyItem`, `storyItemDeleted` or `storyItemSkipped`. */
  story?(peer: WorldPeer, id: number): TlObject | undefined;
  /** The TL `photo` or `document` itself, for methods that take ids (custom emoji). */
  object?(kind: 'photo' | 'document', id: bigint): TlObject | undefined;
}
