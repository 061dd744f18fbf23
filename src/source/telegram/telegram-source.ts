import type { Api } from 'telegram';

import type { Account } from '../../chat/account.js';
import type { Batch } from '../../chat/batch.js';
import { type Chat, MIGRATED_ID_OFFSET } from '../../chat/chat.js';
import { type ChatId, peerOf } from '../../chat/chat-id.js';
import { messageLinkNote, parseChatReference } from '../../chat/chat-reference.js';
import type { Media } from '../../chat/media.js';
import type { Message } from '../../chat/message.js';
import type { PeerId } from '../../chat/peer.js';
import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import type {
  DownloadMetrics,
  ExportSource,
  LiveSource,
  MailboxMessage,
  OrderedWait,
  RangeHash,
} from '../live-source.js';
import type { DownloadedFile, HistoryOptions } from '../message-source.js';
import { OrderedWaits } from '../ordered-waits.js';
import { DEFAULT_FILE_LIMITS, readFileLimits } from './download/app-config.js';
import { cannotListChats } from './history/by-ids/bot-limits.js';
import { IdReader } from './history/by-ids/id-reader.js';
import { TelegramClient, type TelegramClientOptions } from './wire/client.js';
import { convertChat } from './convert/convert-chat.js';
import { describeAccount } from './login/describe-account.js';
import { listDialogs } from './chats/dialogs.js';
import { DownloadControl } from './download/download-control.js';
import { DownloadMeter } from './download/download-meter.js';
import { downloadToFile } from './download/file-download.js';
import { hasNewLocation, locationIn } from './download/fresh-location.js';
import { hashesInOrder } from './download/file-hashes.js';
import { readChatMessages, readMailbox } from './history/mailbox.js';
import { ReferenceRefresher } from './download/file-reference.js';
import { HistoryReader } from './history/history-reader.js';
import { whoAmI } from './login/login.js';
import type { MessagePage } from './history/message-page.js';
import type { RequestedPeer, HistoryRange, MessageReader } from './history/message-reader.js';
import { migrationTarget, oldGroupOf, supergroupOf, unlessRefused } from './chats/migration.js';
import { OpenFiles } from './download/open-files.js';
import { pageToBatch, type PageContext } from './history/page-to-batch.js';
import { type KnownPeer, PeerDirectory } from './history/peer-directory.js';
import { RemoteFile } from './download/remote-file.js';
import { type MeteredDownloadOptions, type MeteredSource, sourceOfRun } from './run-source.js';
import { findById, resolvePeer, type ResolveOptions } from './chats/resolve-chat.js';
import { fetchSharedStories } from './history/shared-stories.js';
import { locationOf, type TelegramLocation } from './convert/telegram-location.js';

export interface TelegramSourceOptions extends TelegramClientOptions {
  /** gramjs StringSession text of a logged-in account. */
  readonly session: string;
  /** Number of files that are fetched concurrently; undefined adapts to the connection. */
  readonly maxFiles: number | undefined;
  /** Whether several parts of one file may be fetched concurrently. */
  readonly splitsFiles: boolean;
  /**
   * Receives one line if the chat that was found differs from the one named, or includes more. @defaultValue ignored
   */
  readonly onNote?: (text: string) => void;
  /**
   * Releases the resources that the caller acquired for this source. Called on each `close()`, after all connections
   * are closed.
   */
  readonly onClosed?: () => Promise<void>;
}

/**
 * Connects to Telegram and reads which account is logged in.
 *
 * @throws {ChatferryError} `LOGIN_REQUIRED` if the session is not logged in, or no longer; `UNREACHABLE`, `USAGE`.
 */
export async function openTelegramSource(options: TelegramSourceOptions): Promise<LiveSource> {
  const waits = new OrderedWaits(options.onFloodWait);
  const client = await TelegramClient.open({ ...options, onFloodWait: waits.report });
  try {
    const self = await whoAmI(client, options.signal);
    if (self !== undefined) return new TelegramSource({ client, waits }, self, options);
    throw new ChatferryError(
      'LOGIN_REQUIRED',
      'This session is not logged in, or the login was ended. Run `chatferry login`.',
    );
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** The chats of one Telegram account. */
class TelegramSource implements MeteredSource {
  readonly account: Account;
  readonly #client: TelegramClient;
  readonly #self: Api.User;
  readonly #peers = new PeerDirectory();
  readonly #reader: MessageReader;
  readonly #refreshers = new Map<ChatId, ReferenceRefresher<Message>>();
  readonly #control: DownloadControl;
  /** Undefined if the user has set the number of concurrent files. */
  readonly #openFiles: OpenFiles | undefined;
  readonly #closing = new AbortController();
  readonly #onNote: (text: string) => void;
  readonly #onClosed: () => Promise<void>;

  readonly #waits: OrderedWaits;

  constructor(
    { client, waits }: { readonly client: TelegramClient; readonly waits: OrderedWaits },
    self: Api.User,
    options: TelegramSourceOptions,
  ) {
    const { maxFiles, splitsFiles, onNote = () => undefined, onClosed = () => Promise.resolve() } = options;
    this.#client = client;
    this.#waits = waits;
    this.#onNote = onNote;
    this.#onClosed = onClosed;
    this.#self = self;
    this.account = describeAccount(self);
    this.#reader = this.account.isBot ? new IdReader(client) : new HistoryReader(client);
    this.#peers.add([self]);
    this.#control = new DownloadControl({
      isPremium: self.premium === true,
      maxFiles,
      splitsFiles,
      connections: (dcId) => client.connections(dcId),
    });
    if (maxFiles === undefined) {
      this.#openFiles = new OpenFiles(DEFAULT_FILE_LIMITS);
      if (!this.account.isBot) void this.#readLimits(this.#openFiles); // Not available to bots.
    }
  }

  async *chats(signal: AbortSignal): AsyncIterable<Chat> {
    if (this.account.isBot) throw cannotListChats();
    const { chats } = await listDialogs(this.#client, { peers: this.#peers, selfId: this.account.id, signal });
    yield* chats;
  }

  async resolveChat(text: string, signal: AbortSignal): Promise<Chat> {
    signal.throwIfAborted();
    const reference = parseChatReference(text);
    const peer = await resolvePeer(this.#client, reference, this.#resolveOptions(signal));
    const linkNote = messageLinkNote(reference);
    if (linkNote !== undefined) this.#onNote(linkNote);
    return (await this.#successorOf(peer, signal)) ?? this.#readableChat(peer, signal);
  }

  async *history(chat: Chat, { after, upToId, signal }: HistoryOptions): AsyncIterable<Batch> {
    const peer = await this.#peer(chat.peerId, signal);
    if (after === undefined || after < 0) {
      const oldGroup = await oldGroupOf(this.#client, peer, this.#resolveOptions(signal));
      if (oldGroup !== undefined) {
        const afterId = after === undefined ? 0 : after + MIGRATED_ID_OFFSET;
        const context = this.#context(chat.id, -MIGRATED_ID_OFFSET);
        yield* this.#batches(oldGroup, { afterId, newestId: oldGroup.newestId, signal }, context);
      }
    }
    yield* this.#batches(peer, { afterId: Math.max(0, after ?? 0), upToId, signal }, this.#context(chat.id, 0));
  }

  async oldGroup({ migratedFrom }: Chat, signal: AbortSignal): Promise<Chat | undefined> {
    if (migratedFrom === undefined) return undefined;
    const peer = await findById(this.#client, migratedFrom, this.#resolveOptions(signal));
    return peer && unlessRefused(this.#readableChat(peer, signal));
  }

  mailboxMessages(ids: readonly number[], signal: AbortSignal): Promise<readonly MailboxMessage[]> {
    return readMailbox(this.#client, ids, signal);
  }

  async *messages(chat: Chat, ids: readonly number[], signal: AbortSignal): AsyncIterable<Batch> {
    yield* this.#messagesById(chat.id, ids, signal);
  }

  async download(message: Message, media: Media, options: MeteredDownloadOptions): Promise<DownloadedFile> {
    if (media.unavailableReason !== undefined) {
      throw new ChatferryError('MEDIA_UNAVAILABLE', media.unavailableReason);
    }
    const opened = this.#refresher(message.chatId).opened(message.id);
    try {
      const remote = await this.#remoteFile(message, media);
      const { priority = 0, signal } = options;
      const { sizeBytes } = media;
      const leave = await this.#openFiles?.enter({ dcId: remote.dcId, sizeBytes, priority, signal });
      try {
        return await downloadToFile(remote, { ...options, sizeBytes, control: this.#control, onFetched: leave });
      } finally {
        leave?.();
      }
    } finally {
      opened[Symbol.dispose]();
    }
  }

  async *fileHashes(message: Message, media: Media, signal: AbortSignal): AsyncGenerator<RangeHash, void, void> {
    if (media.unavailableReason !== undefined || media.sizeBytes === undefined) return;
    const opened = this.#refresher(message.chatId).opened(message.id);
    try {
      const remote = await this.#remoteFile(message, media);
      yield* hashesInOrder((offset, stop) => remote.hashes(offset, stop), media.sizeBytes, signal);
    } finally {
      opened[Symbol.dispose]();
    }
  }

  watchFloodWaits(listener: (wait: OrderedWait) => void): Disposable {
    return this.#waits.watch(listener);
  }

  downloadMetrics(): DownloadMetrics {
    return this.#control.metrics();
  }

  forRun(): ExportSource {
    return sourceOfRun(this, new DownloadMeter(this.#control));
  }

  async close(): Promise<void> {
    this.#closing.abort(new ChatferryError('INTERRUPTED', 'The connection to Telegram was closed by this program.'));
    try {
      await this.#client.close();
    } finally {
      await this.#onClosed();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Runs in the background. The default limits apply until Telegram answers, and if it does not. */
  async #readLimits(openFiles: OpenFiles): Promise<void> {
    try {
      openFiles.limits = await readFileLimits(this.#client, this.#closing.signal);
    } catch (error) {
      this.#client.log('debug', `The client configuration could not be read: ${errorMessage(error)}`);
    }
  }

  async *#batches(peer: RequestedPeer, range: HistoryRange, context: PageContext): AsyncGenerator<Batch, void, void> {
    let reached = range.afterId;
    for await (const page of this.#reader.pages(peer, range)) {
      await this.#fetchStories(page, range.signal);
      const batch = pageToBatch(page, context, reached);
      reached = page.messages.reduce((id, { header }) => Math.max(id, header.id), reached);
      if (batch === undefined) continue;
      const serverCount = context.idOffset === 0 ? page.announcedCount : undefined;
      const withMedia = batch.messages.filter(({ media }) => media.length > 0);
      this.#refresher(context.chatId).expect(withMedia.map(({ id }) => id));
      yield serverCount === undefined ? batch : { ...batch, serverCount };
    }
  }

  async #fetchStories(page: MessagePage, signal: AbortSignal): Promise<void> {
    if (this.account.isBot) return; // Not available to bots.
    await fetchSharedStories(this.#client, page, { knownPeers: this.#peers, signal });
  }

  async *#messagesById(chatId: ChatId, ids: readonly number[], signal: AbortSignal): AsyncGenerator<Batch, void, void> {
    const peer = await this.#peer(peerOf(chatId), signal);
    for await (const { page, idOffset } of readChatMessages(this.#client, { peer, ids }, signal)) {
      await this.#fetchStories(page, signal);
      const batch = pageToBatch(page, this.#context(chatId, idOffset), 0);
      if (batch !== undefined) yield batch;
    }
  }

  async #remoteFile(message: Message, media: Media): Promise<RemoteFile> {
    const refresh = (refused?: TelegramLocation): Promise<TelegramLocation> =>
      this.#freshLocation(message, media, refused);
    const location = locationOf(media) ?? (await refresh());
    return new RemoteFile(this.#client, { location, refresh, sizeBytes: media.sizeBytes });
  }

  /** Fetches the message again and returns the current location of the file. */
  async #freshLocation(message: Message, media: Media, refused?: TelegramLocation): Promise<TelegramLocation> {
    const refresher = this.#refresher(message.chatId);
    const copy = await refresher.refresh(message.id, (latest) => hasNewLocation(latest, media, refused));
    return locationIn(copy, message, media);
  }

  #refresher(chatId: ChatId): ReferenceRefresher<Message> {
    let refresher = this.#refreshers.get(chatId);
    if (refresher === undefined) {
      refresher = new ReferenceRefresher((ids, signal) => this.#fetchAgain(chatId, ids, signal), this.#closing.signal);
      this.#refreshers.set(chatId, refresher);
    }
    return refresher;
  }

  async #fetchAgain(
    chatId: ChatId,
    ids: readonly number[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, Message>> {
    const found = new Map<number, Message>();
    for await (const { messages } of this.#messagesById(chatId, ids, signal)) {
      for (const message of messages) found.set(message.id, message);
    }
    return found;
  }

  /** The supergroup that a basic group became, if this account may read it. `onNote` is called in both cases. */
  async #successorOf({ id, entity }: KnownPeer, signal: AbortSignal): Promise<Chat | undefined> {
    const target = migrationTarget(entity);
    if (target === undefined) return undefined;
    const supergroup = await supergroupOf(this.#client, target, { peers: this.#peers, signal });
    const chat = supergroup && (await unlessRefused(this.#readableChat(supergroup, signal)));
    const { title } = convertChat(entity, { selfId: this.account.id });
    const became = `"${title}" (${id}) became the supergroup channel${target.channelId.toString()}`;
    if (chat === undefined) {
      this.#onNote(`${became}, which this account may not read. The old group with its messages is used instead.`);
    } else {
      const oldMessages = chat.migratedFrom === id ? ', including the messages of the old group' : '';
      this.#onNote(`${became}, which is used instead${oldMessages}.`);
    }
    return chat;
  }

  /** @throws {ChatferryError} `NO_ACCESS`, `CHAT_NOT_FOUND` if the server refuses access. */
  async #readableChat(peer: KnownPeer, signal: AbortSignal): Promise<Chat> {
    const [oldGroup, own] = await Promise.all([
      oldGroupOf(this.#client, peer, this.#resolveOptions(signal)),
      this.#reader.extentOf(peer, signal),
    ]);
    const migratedMessageCount = oldGroup?.messageCount;
    return convertChat(peer.entity, {
      selfId: this.account.id,
      messageCount: own.messageCount === undefined ? undefined : own.messageCount + (migratedMessageCount ?? 0),
      migratedFrom: oldGroup?.id,
      migratedMessageCount,
    });
  }

  async #peer(id: PeerId, signal: AbortSignal): Promise<KnownPeer> {
    const peer = await findById(this.#client, id, this.#resolveOptions(signal));
    if (peer !== undefined) return peer;
    throw new ChatferryError(
      'CHAT_NOT_FOUND',
      `This account no longer sees the chat ${id}. \`chatferry chats\` lists all chats.`,
    );
  }

  #resolveOptions(signal: AbortSignal): ResolveOptions {
    return { peers: this.#peers, self: this.#self, reader: this.#reader, signal };
  }

  #context(chatId: ChatId, idOffset: number): PageContext {
    return { chatId, selfId: this.account.id, idOffset, log: this.#client.log };
  }
}
