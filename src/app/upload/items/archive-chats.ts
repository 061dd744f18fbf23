import { Archive } from '../../../archive/archive.js';
import { chatsOf } from '../../../archive/accounts/chats-of-account.js';
import { chosenChats } from '../../../archive/chosen-chats.js';
import type { StoredChat } from '../../../archive/records.js';
import { ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';

export interface ArchiveChatsOptions {
  /** Of the archive. */
  readonly exportDir: string;
  /** The account of the chats: an id or `@name`. Undefined: all. */
  readonly account: string | undefined;
  readonly onNote: (text: string) => void;
}

/** A chat of an archive. */
export interface ChatOfArchive {
  readonly kind: 'chat';
  /** Of the archive, absolute. */
  readonly directory: string;
  readonly chat: StoredChat;
}

/** Finds chats of an archive by name. The archive is opened on first use, and only read. */
export class ArchiveChats implements Disposable {
  readonly #options: ArchiveChatsOptions;
  #archive: Archive | undefined;

  constructor(options: ArchiveChatsOptions) {
    this.#options = options;
  }

  /**
   * @param reference - As for an export: `@name`, link, id, title, `me`.
   * @param before - The beginning of the message if there is no such chat.
   * @throws {ChatferryError} `CHAT_NOT_FOUND`; `USAGE` also if there is no archive.
   */
  async require(reference: string, before = ''): Promise<ChatOfArchive> {
    const archive = await this.#open(before);
    const { account, stored } = chatsOf(archive, this.#options.account);
    try {
      const [chat] = chosenChats(stored, { references: [reference], account, onNote: this.#options.onNote });
      if (chat !== undefined) return { kind: 'chat', directory: archive.directory, chat };
    } catch (error) {
      if (before === '' || !isChatferryError(error, 'CHAT_NOT_FOUND')) throw error;
      throw new ChatferryError(error.code, `${before}${error.message}`, { cause: error });
    }
    throw new ChatferryError('CHAT_NOT_FOUND', `There is no chat "${reference}" in the archive.`);
  }

  /** Undefined if there is no such chat, or no readable archive. @throws {ChatferryError} `USAGE` for several. */
  async find(reference: string): Promise<ChatOfArchive | undefined> {
    let archive: Archive;
    try {
      archive = await this.#open('');
    } catch (error) {
      if (isChatferryError(error)) return undefined;
      throw error;
    }
    const { account, stored } = chatsOf(archive, this.#options.account);
    try {
      const [chat] = chosenChats(stored, { references: [reference], account, onNote: () => undefined });
      return chat === undefined ? undefined : { kind: 'chat', directory: archive.directory, chat };
    } catch (error) {
      if (isChatferryError(error, 'CHAT_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** The chat that has a folder of the archive. @throws what opening the archive throws. */
  async inFolder(name: string): Promise<ChatOfArchive | undefined> {
    const archive = await this.#open('');
    const chat = archive.chats().find(({ folder }) => folder === name);
    return chat === undefined ? undefined : { kind: 'chat', directory: archive.directory, chat };
  }

  [Symbol.dispose](): void {
    this.#archive?.close();
  }

  async #open(before: string): Promise<Archive> {
    try {
      this.#archive ??= await Archive.open(this.#options.exportDir, { readOnly: true });
      return this.#archive;
    } catch (error) {
      if (before === '' || !isChatferryError(error, 'USAGE')) throw error;
      throw new ChatferryError('USAGE', `${before}${error.message}`, { cause: error });
    }
  }
}
