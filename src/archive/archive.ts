import { join } from 'node:path';

import type { ChatId } from '../chat/chat-id.js';
import type { Chat } from '../chat/chat.js';
import type { Cursor } from '../chat/cursor.js';
import type { Message } from '../chat/message.js';
import type { PeerId } from '../chat/peer.js';
import type { Sender } from '../chat/sender.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import { AccountTable } from './accounts/account-table.js';
import { ChatAccountTable } from './accounts/chat-account-table.js';
import { UnclaimedChats } from './accounts/unclaimed-chats.js';
import type { ArchiveReader, MessagesOptions } from './archive-reader.js';
import { closeAtRest, DATABASE_FILE, closeDamaged, openToRead, openToWrite } from './archive-database.js';
import { archivePermissions, permissionsOf } from './archive-mode.js';
import type { ArchiveOptions, MessageIdRange, SearchOptions } from './archive-options.js';
import { checkRecords } from './checked-records.js';
import { RecordWriter } from './merge/record-writer.js';
import { ChatTable } from './tables/chat-table.js';
import type { ArchiveFile, FilesOptions, LostFile } from './files/archive-file.js';
import { FileTable } from './tables/file-table.js';
import { MissingFileTable } from './tables/missing-file-table.js';
import type { Database } from '../disk/sqlite/database.js';
import { DescriptionTable } from './tables/description-table.js';
import { makeFolderDurably, syncDirectory } from '../disk/durable-file.js';
import { OwnTree, resolveRoot } from '../disk/own-tree.js';
import { MediaTable, type FilePlace, type SkippedMedia } from './tables/media-table.js';
import { fromMessageRow } from './tables/message-row.js';
import { MessageTable, type UnreadableMessage } from './tables/message-table.js';
import { PartJournal } from './tables/part-journal.js';
import { ProcessLock } from '../disk/lock/process-lock.js';
import type { Commit, MissingMedia, NotedMedia, StoredChat } from './records.js';
import type { MessageRecord, StoredFile } from '../chat/record.js';
import type { RunEnd, RunStart, StoredRun } from './run-record.js';
import { ReplacementTable } from './tables/replacement-table.js';
import { RunTable } from './tables/run-table.js';
import { SearchIndex } from './search/search-index.js';
import { SenderTable } from './tables/sender-table.js';
import { TombstoneTable } from './tables/tombstone-table.js';
import { type MessageVersion, VersionTable } from './tables/version-table.js';
import { RecordCheck } from './verify/record-check.js';

/** A file of the archive, perhaps in the folder of another chat. */
export interface FoundFile extends StoredFile {
  readonly absolutePath: string;
  /** The size that the source announced, if known. */
  readonly announcedBytes?: number;
}

type ArchivePlace = Pick<Archive, 'directory' | 'folderMode'>;

/** Beside `archive.db`. */
const LOCK_FILE = 'archive.lock';

/** Messages in memory at once while a chat is read: less than 1 MB of text, whatever the length of the chat. */
const PAGE_SIZE = 200;

/**
 * One directory with `archive.db` and a folder per chat: the single source of truth. docs/ARCHIVE.md describes it.
 *
 * One writer at a time, any number of readers. Every method may throw a {@link ChatferryError} `FILE_SYSTEM` or
 * `ARCHIVE_DAMAGED`.
 *
 * @example
 * using archive = await Archive.open('exports');
 * const { folder } = archive.placeChat(chat);
 * archive.commit({ chatId: chat.id, records, senders, reached: { account, firstMessageId, cursor: lastMessageId } });
 */
export class Archive implements ArchiveReader, Disposable {
  /** Absolute, with symbolic links resolved. */
  readonly directory: string;
  /** Permissions of new folders of chats, before the umask. Their content is never more accessible. */
  readonly folderMode: number;
  /** Finished parts of files that are being downloaded. @internal */
  readonly parts: PartJournal;
  /** Descriptions of contents, and their derivatives. */
  readonly descriptions: DescriptionTable;
  /** Which messages were deleted at their sources. Empty: no source of chatferry tells of deletions yet. */
  readonly tombstones: TombstoneTable;
  /** @internal */
  readonly replacements: ReplacementTable;
  /** The files that the rows name, for comparison with the disk. @internal */
  readonly storedFiles: FileTable;
  /** @internal */
  readonly missingFiles: MissingFileTable;
  /** Whether every record can be read. @internal */
  readonly recordCheck: RecordCheck;
  /** The accounts that exported into it. @internal */
  readonly accounts: AccountTable;
  /** Which accounts see which chats, and their cursors. @internal */
  readonly chatAccounts: ChatAccountTable;
  /** Chats of older versions without a known account. @internal */
  readonly unclaimed: UnclaimedChats;
  readonly #lock: ProcessLock | undefined;
  readonly #database: Database;
  readonly #tree: OwnTree;
  readonly #chats: ChatTable;
  readonly #senders: SenderTable;
  readonly #messages: MessageTable;
  readonly #media: MediaTable;
  readonly #search: SearchIndex;
  readonly #versions: VersionTable;
  readonly #writer: RecordWriter;
  readonly #runs: RunTable;
  #closed = false;

  private constructor({ directory, folderMode }: ArchivePlace, database: Database, lock: ProcessLock | undefined) {
    this.directory = directory;
    this.folderMode = folderMode;
    this.#lock = lock;
    this.#database = database;
    this.#tree = new OwnTree(directory);
    this.#chats = new ChatTable(database);
    this.#senders = new SenderTable(database);
    this.#messages = new MessageTable(database);
    this.#media = new MediaTable(database);
    this.#search = new SearchIndex(database);
    this.#versions = new VersionTable(database);
    this.#writer = new RecordWriter({
      messages: this.#messages,
      media: this.#media,
      versions: this.#versions,
      search: this.#search,
    });
    this.#runs = new RunTable(database);
    this.parts = new PartJournal(database);
    this.descriptions = new DescriptionTable(database);
    this.tombstones = new TombstoneTable(database);
    this.replacements = new ReplacementTable(database);
    this.storedFiles = new FileTable(database);
    this.missingFiles = new MissingFileTable(database);
    this.accounts = new AccountTable(database);
    this.chatAccounts = new ChatAccountTable(database);
    this.unclaimed = new UnclaimedChats(database);
    const { accounts, chatAccounts, descriptions, tombstones } = this;
    const [runs, versions] = [this.#runs, this.#versions];
    this.recordCheck = new RecordCheck(database, { accounts, chatAccounts, descriptions, runs, tombstones, versions });
  }

  /**
   * Opens the archive in `directory`. For writing, it is created or migrated if necessary.
   *
   * @throws {ChatferryError} `LOCKED` when another process writes to it; `ARCHIVE_DAMAGED` when it is not an archive or
   *   of a newer version; `USAGE` when there is none to read; `FILE_SYSTEM`.
   */
  static async open(directory: string, { readOnly = false, mode = 'private' }: ArchiveOptions = {}): Promise<Archive> {
    if (!readOnly) await makeFolderDurably(directory, { mode: permissionsOf(mode).folder });
    const absolute = await resolveRoot(directory);
    const permissions = await archivePermissions(join(absolute, DATABASE_FILE), mode);
    const folderMode = permissions.folder;
    if (readOnly) return Archive.#over({ directory: absolute, folderMode }, await openToRead(absolute), undefined);

    const lock = ProcessLock.take(join(absolute, LOCK_FILE), absolute, { mode: permissions.file });
    try {
      const database = await openToWrite(absolute, permissions.file);
      await syncDirectory(absolute); // A new file is durable only after a sync of its folder.
      return Archive.#over({ directory: absolute, folderMode }, database, lock);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  static #over(place: ArchivePlace, database: Database, lock: ProcessLock | undefined): Archive {
    try {
      return new Archive(place, database, lock);
    } catch (error) {
      // A table is not what it should be.
      if (lock === undefined) database.close();
      else closeDamaged(database);
      throw error;
    }
  }

  /** Adds the chat, or updates it. The name of its folder never changes. */
  placeChat(chat: Chat): StoredChat {
    return this.#database.transaction(() => this.#chats.place(chat));
  }

  /** In the order of their folders' names. */
  chats(): readonly StoredChat[] {
    return this.#chats.all();
  }

  chat(id: ChatId): StoredChat | undefined {
    return this.#chats.one(id);
  }

  /**
   * Writes a batch atomically; durable on return. The files that it names must be durable before.
   *
   * A record of a message that exists is merged with it: known data is kept, a newer edit wins, and the other record is
   * kept as a version. A record of Telegram replaces the previous one of Telegram. docs/ARCHIVE.md has the rule.
   *
   * @returns how many messages are new.
   * @throws {ChatferryError} `INTERNAL` when the chat has no place, the records are not ascending or not of that chat,
   *   or a record does not have one media record per media item.
   */
  commit({ chatId, records, senders, reached }: Commit): number {
    checkRecords(chatId, records);
    return this.#database.transaction(() => {
      const folder = this.#chats.requirePlace(chatId);
      for (const sender of senders) this.#senders.put(sender);
      const lastId = this.#messages.lastId(chatId) ?? -Infinity;
      let newCount = 0;
      for (const record of records) {
        const { message } = record;
        const key = message.id > lastId ? undefined : this.#messages.keyOf(chatId, message.id);
        if (key === undefined) {
          this.#writer.insert(record);
          newCount += 1;
        } else this.#writer.merge(key, record);
        this.#settle(folder, record);
      }
      if (reached !== undefined) {
        this.chatAccounts.reach(chatId, reached.account, reached);
        if (reached.firstMessageId < 0) this.#chats.claimMigrated(chatId, reached.account);
      }
      return newCount;
    });
  }

  /** A file that a row names needs no entry in the journal. */
  #settle(folder: string, { media }: MessageRecord): void {
    for (const { state, media: medium } of media) {
      if (state === 'stored' && medium.remoteId !== undefined) this.parts.settle(folder, medium.remoteId);
    }
  }

  /**
   * The messages of a chat in ascending order, a page at a time in memory. Messages that are committed meanwhile are
   * included if their ids are higher.
   *
   * @throws {ChatferryError} `USAGE` when `limit` is not an integer of 0 or more.
   */
  messages(chatId: ChatId, { after, limit }: MessagesOptions = {}): IterableIterator<MessageRecord> {
    return this.#read(chatId, after ?? -Infinity, checkLimit(limit ?? Number.MAX_SAFE_INTEGER));
  }

  *#read(chatId: ChatId, after: Cursor, limit: number): Generator<MessageRecord, undefined, undefined> {
    let last = after;
    for (let remaining = limit; remaining > 0;) {
      const rows = this.#messages.page(chatId, last, Math.min(PAGE_SIZE, remaining));
      const [first] = rows;
      last = rows.at(-1)?.id ?? last;
      if (first === undefined) return;
      const media = this.#media.ofMessages(chatId, first.id, last);
      for (const row of rows) yield fromMessageRow(row, media.get(row.id) ?? []);
      remaining -= rows.length;
    }
  }

  /** One message; undefined if it does not exist. */
  message(chatId: ChatId, id: number): MessageRecord | undefined {
    const [record] = this.messages(chatId, { after: id - 1, limit: 1 });
    return record?.message.id === id ? record : undefined;
  }

  /**
   * Versions of a message that the archive does not show: older edits, and records of other sources. Empty for nearly
   * all messages.
   */
  messageVersions(chatId: ChatId, id: number): readonly MessageVersion[] {
    return this.#versions.of(chatId, id);
  }

  /** The ids of a chat's messages in a range: of all, or of those that are shown as one source told them. */
  messageIds(chatId: ChatId, range: MessageIdRange): ReadonlySet<number> {
    return this.#messages.idsBetween(chatId, range);
  }

  /** The highest id of the chat, from any account; undefined if it has no messages. */
  lastMessageId(chatId: ChatId): number | undefined {
    return this.#messages.lastId(chatId);
  }

  /** How many messages of a chat have a lower id than `id`. */
  messageCountBefore(chatId: ChatId, id: number): number {
    return this.#messages.countBefore(chatId, id);
  }

  messageCount(chatId: ChatId): number {
    return this.#messages.count(chatId);
  }

  /** Messages that this client could not read completely, ascending. They may carry unknown media. */
  unreadableMessages(chatId: ChatId): readonly UnreadableMessage[] {
    return this.#messages.unreadable(chatId);
  }

  sender(id: PeerId): Sender | undefined {
    return this.#senders.one(id);
  }

  /** Ids of the messages with media that could not be fetched and have to be retried, ascending. */
  messagesWithFailedMedia(chatId: ChatId): readonly number[] {
    return this.#media.messagesWithFailed(chatId);
  }

  /** Media that were left out by choice, in the order of the messages. Read lazily. */
  skippedMedia(chatId: ChatId): Iterable<SkippedMedia> {
    return this.#media.skipped(chatId);
  }

  /** In the order of the messages. */
  missingMedia(chatId: ChatId): readonly MissingMedia[] {
    return this.#media.missing(chatId);
  }

  /** Stored media that have a note, in the order of the messages. */
  notedMedia(chatId: ChatId): readonly NotedMedia[] {
    return this.#media.noted(chatId);
  }

  /**
   * Every file that the archive refers to, missing ones included, chat by chat: those of media in the order of the
   * messages, those of other versions of messages, and derivatives. They are read a page at a time, so memory does not grow
   * with the archive. Rows that are committed meanwhile are included if they come later in the order. The disk is not read.
   */
  *files(options: FilesOptions = {}): Generator<ArchiveFile, void, undefined> {
    const { chatId } = options;
    const chats = chatId === undefined ? this.#chats.all() : [this.#chats.one(chatId)];
    for (const chat of chats) if (chat !== undefined) yield* this.storedFiles.ofChat(chat, options);
  }

  /**
   * Marks files as missing, because a check found them gone or damaged: all of them or none, durable on return. The next
   * export of the chat fetches media again and makes derivatives again. Until then, {@link Archive.missingMedia} lists the
   * media with code `FILE_LOST`. A file of another version of a message is only marked: no export fetches it.
   *
   * A file whose row was changed since it was read stays as it is. Nothing is removed from the disk.
   *
   * @param lost - As {@link Archive.files} returned them.
   * @returns those that were marked.
   */
  markMissing(lost: readonly LostFile[]): readonly LostFile[] {
    return this.missingFiles.mark(lost);
  }

  /**
   * A file with the bytes of `Media.remoteId`, in any chat, even if a killed run could not write its row. Checks that
   * the file exists.
   */
  findFile(remoteId: string): FoundFile | undefined {
    return (
      this.#firstThatExists(this.#media.placesByRemoteId(remoteId)) ??
      this.#firstThatExists(this.parts.placements(remoteId))
    );
  }

  /**
   * Paths of files of a chat that got their final names, or were about to, and that no row names. Once a run has seen
   * the whole chat they are orphans: their messages were deleted or changed after a run was killed.
   */
  unclaimedFiles(chatId: ChatId): readonly string[] {
    const folder = this.#chats.requirePlace(chatId);
    return this.parts
      .placedPaths(folder)
      .filter((path) => !this.#media.isNamed(chatId, path) && !this.#versions.isNamed(chatId, path));
  }

  /** A file with these bytes, in any chat. Checks that the file exists. */
  findFileByHash(sha256: string, sizeBytes: number): FoundFile | undefined {
    return this.#firstThatExists(this.#media.placesByHash(sha256, sizeBytes));
  }

  /** A few files with exactly these bytes by their rows, in any chat. Checks that the files exist. */
  filesOfContent(sha256: string, sizeBytes: number): readonly FoundFile[] {
    return this.#media
      .placesByHash(sha256, sizeBytes)
      .filter((place) => place.sha256 === sha256)
      .flatMap((place) => this.#firstThatExists([place]) ?? []);
  }

  /** A few files of this size with different contents, from any chats. Checks that the files exist. */
  filesOfSize(sizeBytes: number): readonly FoundFile[] {
    return this.#media.placesBySize(sizeBytes).flatMap((place) => this.#firstThatExists([place]) ?? []);
  }

  #firstThatExists(places: readonly FilePlace[]): FoundFile | undefined {
    for (const { folder, ...file } of places) {
      const absolutePath = join(this.directory, folder, file.path);
      if (this.#tree.fileSizeSync(absolutePath) === file.sizeBytes) return { ...file, absolutePath };
    }
    return undefined;
  }

  /**
   * Messages with all the words of `query`, newest first. A word also matches the beginning of a longer one; "words in
   * quotes" match as a phrase. Names of files, songs, polls and places are searched too. Any text is a valid query.
   *
   * @throws {ChatferryError} `USAGE` when `limit` is not an integer of 0 or more.
   */
  search(query: string, { chatId, limit = 50 }: SearchOptions = {}): readonly Message[] {
    const found: Message[] = [];
    for (const key of this.#search.find(query, chatId, checkLimit(limit))) {
      const row = this.#messages.byKey(key);
      if (row === undefined) continue;
      const media = this.#media.ofMessages(row.chat_id, row.id, row.id).get(row.id) ?? [];
      found.push(fromMessageRow(row, media).message);
    }
    return found;
  }

  /** Records the start of a run. @returns its id. */
  beginRun(run: RunStart): number {
    return this.#runs.begin(run);
  }

  /** Records the end of a run. @throws {ChatferryError} `INTERNAL` when it never began or has already ended. */
  endRun(id: number, end: RunEnd): void {
    this.#runs.end(id, end);
  }

  /** Oldest first. */
  runs(): readonly StoredRun[] {
    return this.#runs.all();
  }

  /** Closes the archive and releases its lock. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      if (this.#lock === undefined) this.#database.close();
      else closeAtRest(this.#database);
    } finally {
      this.#lock?.[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function checkLimit(limit: number): number {
  if (Number.isSafeInteger(limit) && limit >= 0) return limit;
  throw new ChatferryError('USAGE', `limit must be an integer of 0 or more, got ${limit}.`);
}
