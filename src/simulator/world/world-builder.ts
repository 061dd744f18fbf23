import { MediaStore, type DocumentSpec, type PhotoSpec } from './media-store.js';
import { MessageList, messageId } from './message-list.js';
import { SeededRandom } from './seeded-random.js';
import type { TlObject, TlValue } from '../tl/tl-object.js';
import { visiblePart } from './visible-part.js';
import { parseWorldPeer, tlPeer } from './world-peer.js';
import type { CdnCopy, World, WorldAccount, WorldFile, WorldHistory, WorldPeer } from './world.js';

export interface WorldBuilderOptions {
  /** @defaultValue 1 */
  readonly seed?: number;
  /**
   * The data centre of media without their own `dcId`.
   *
   * @defaultValue 2
   */
  readonly homeDcId?: number;
}

/** Fields of a TL object, by schema name. They replace those that the builder sets. */
export type Fields = Readonly<Record<string, TlValue>>;

/** Options of a message that are not part of it. */
export interface PostOptions {
  /**
   * The owner of the mailbox, for private chats and basic groups. Every account has its own copy and its own ids.
   *
   * @defaultValue the first account
   */
  readonly owner?: bigint;
}

/** Options of a message that several accounts receive. */
export interface DeliveryOptions {
  /** The user id of the sender. */
  readonly sender: bigint;
}

const NO_PHOTO: TlObject = { _: 'chatPhotoEmpty' };

/**
 * A world in memory that can be changed while clients are connected: messages can be added, edited and deleted. Objects
 * are replaced, never changed in place. Ids and access hashes depend on the seed and the order of the calls.
 *
 * Ids are assigned as in Telegram: there is one sequence for all private chats and basic groups of an account, and one
 * for each channel. So a message between two accounts has a different id for each of them.
 */
export class WorldBuilder implements World {
  readonly accounts: WorldAccount[] = [];
  readonly users: Map<bigint, TlObject> = new Map<bigint, TlObject>();
  readonly chats: Map<WorldPeer, TlObject> = new Map<WorldPeer, TlObject>();
  readonly fullChats: Map<WorldPeer, TlObject> = new Map<WorldPeer, TlObject>();

  readonly #random: SeededRandom;
  readonly #media: MediaStore;
  readonly #histories = new Map<string, MessageList>();
  readonly #lastIds = new Map<string, number>();
  readonly #dialogs = new Map<bigint, Set<WorldPeer>>();
  readonly #stories = new Map<string, TlObject>();
  readonly #topics = new Map<WorldPeer, TlObject[]>();
  /** The lowest visible id, by account and channel. */
  readonly #firstVisible = new Map<string, number>();

  constructor({ seed = 1, homeDcId = 2 }: WorldBuilderOptions = {}) {
    this.#random = new SeededRandom(seed);
    this.#media = new MediaStore({ seed: seed + 1, homeDcId });
  }

  /** Adds an account that can log in. The first one is the default owner of messages. */
  addAccount(account: WorldAccount): void {
    this.accounts.push(account);
  }

  /** Adds a TL `user` with an access hash. */
  addUser(id: bigint, fields: Fields = {}): WorldPeer {
    this.users.set(id, { _: 'user', id, access_hash: this.#random.long(), ...fields });
    return `user:${id}`;
  }

  /** Adds a TL `chat` (a basic group) and its dialog. */
  addBasicGroup(id: bigint, title: string, fields: Fields = {}): WorldPeer {
    const peer: WorldPeer = `chat:${id}`;
    this.chats.set(peer, {
      _: 'chat',
      id,
      title,
      photo: NO_PHOTO,
      participants_count: 2,
      date: 0,
      version: 1,
      ...fields,
    });
    this.openDialog(peer);
    return peer;
  }

  /** Adds a TL `channel` (`megagroup: true`, `broadcast: true`, `forum: true`, …) and its dialog. */
  addChannel(id: bigint, title: string, fields: Fields = {}): WorldPeer {
    const peer: WorldPeer = `channel:${id}`;
    this.chats.set(peer, {
      _: 'channel',
      id,
      access_hash: this.#random.long(),
      title,
      photo: NO_PHOTO,
      date: 0,
      ...fields,
    });
    this.openDialog(peer);
    return peer;
  }

  /** Adds a TL `channelForbidden`, which is listed but cannot be read, and its dialog. */
  addForbiddenChannel(id: bigint, title: string, fields: Fields = {}): WorldPeer {
    const peer: WorldPeer = `channel:${id}`;
    this.chats.set(peer, { _: 'channelForbidden', id, access_hash: this.#random.long(), title, ...fields });
    this.openDialog(peer);
    return peer;
  }

  /**
   * Migrates a basic group to a supergroup, as Telegram does: both get a service message that names the other.
   *
   * @returns the supergroup.
   * @throws {RangeError} if there is no such group.
   */
  migrate(group: WorldPeer, id: bigint, fields: Fields = {}): WorldPeer {
    const title = this.chats.get(group)?.['title'];
    this.postService(group, { _: 'messageActionChatMigrateTo', channel_id: id });
    const supergroup = this.addChannel(id, typeof title === 'string' ? title : '', { megagroup: true, ...fields });
    const hash = this.chats.get(supergroup)?.['access_hash'] ?? 0n;
    this.changeChat(group, {
      deactivated: true,
      migrated_to: { _: 'inputChannel', channel_id: id, access_hash: hash },
    });
    const { id: chatId } = parseWorldPeer(group);
    const date = this.#lastDate(group, this.#firstOwner());
    this.postService(
      supergroup,
      { _: 'messageActionChannelMigrateFrom', title: title ?? '', chat_id: chatId },
      { date },
    );
    return supergroup;
  }

  /** Replaces fields of a user. @throws {RangeError} if there is no such user. */
  changeUser(id: bigint, fields: Fields): void {
    const user = this.users.get(id);
    if (user === undefined) throw new RangeError(`there is no user ${id}`);
    this.users.set(id, { ...user, ...fields });
  }

  /** Replaces fields of a group or channel. @throws {RangeError} if there is no such chat. */
  changeChat(peer: WorldPeer, fields: Fields): void {
    const chat = this.chats.get(peer);
    if (chat === undefined) throw new RangeError(`there is no chat ${peer}`);
    this.chats.set(peer, { ...chat, ...fields });
  }

  /** Sets the answer of `channels.getFullChannel` and similar methods: TL `channelFull`, `chatFull`, `userFull`. */
  setFullChat(peer: WorldPeer, fullChat: TlObject): void {
    this.fullChats.set(peer, fullChat);
  }

  /** Sets or replaces a story of a peer: TL `storyItem`, `storyItemDeleted` or `storyItemSkipped`. */
  setStory(peer: WorldPeer, id: number, story: TlObject): void {
    this.#stories.set(`${peer}/${id}`, story);
  }

  /** Adds a TL `forumTopic`. */
  addTopic(peer: WorldPeer, topic: TlObject): void {
    const topics = this.#topics.get(peer);
    if (topics === undefined) this.#topics.set(peer, [topic]);
    else topics.push(topic);
  }

  /** Adds a chat to an account's list, even if it has no messages. */
  openDialog(peer: WorldPeer, owner: bigint | undefined = this.accounts[0]?.userId): void {
    if (owner === undefined) return;
    const peers = this.#dialogs.get(owner);
    if (peers === undefined) this.#dialogs.set(owner, new Set([peer]));
    else peers.add(peer);
  }

  /** Removes a chat from an account's list, as leaving it does. A new message adds it again. */
  closeDialog(peer: WorldPeer, owner: bigint = this.#firstOwner()): void {
    this.#dialogs.get(owner)?.delete(peer);
  }

  /** Makes a TL `photo`, which can be downloaded from now on. */
  addPhoto(spec: PhotoSpec): TlObject {
    return this.#media.addPhoto(spec);
  }

  /** Makes a TL `document`, which can be downloaded from now on. */
  addDocument(spec: DocumentSpec): TlObject {
    return this.#media.addDocument(spec);
  }

  /**
   * Adds a TL `message` at the end of a chat. By default, `id` is the next one, and `date` is one minute after the
   * newest message.
   *
   * @returns The id.
   */
  post(peer: WorldPeer, fields: Fields, options: PostOptions = {}): number {
    return this.#append(peer, { _: 'message', message: '', ...fields }, options);
  }

  /** Adds a TL `messageService`. Otherwise like {@link post}. */
  postService(peer: WorldPeer, action: TlObject, { owner, ...fields }: Fields & PostOptions = {}): number {
    return this.#append(peer, { _: 'messageService', action, ...fields }, owner === undefined ? {} : { owner });
  }

  /**
   * Sends a message to all accounts in a private chat or a basic group. Each gets a copy in its own mailbox, with its
   * own next id and the same date.
   *
   * @param to - The recipient of a private message, or a basic group, where all accounts that list it get a copy.
   * @returns the ids, by account.
   */
  deliver(to: WorldPeer, fields: Fields, { sender }: DeliveryOptions): ReadonlyMap<bigint, number> {
    const { kind, id } = parseWorldPeer(to);
    const copies = new Map<bigint, WorldPeer>();
    for (const { userId } of this.accounts) {
      if (kind !== 'user' && this.#dialogs.get(userId)?.has(to) === true) copies.set(userId, to);
      if (kind === 'user' && userId === id) copies.set(userId, `user:${sender}`);
      if (kind === 'user' && userId === sender) copies.set(userId, to);
    }
    const date = Math.max(...[...copies].map(([owner, peer]) => this.#lastDate(peer, owner))) + 60;
    const from_id = tlPeer(`user:${sender}`);
    return new Map(
      [...copies].map(([owner, peer]) => [
        owner,
        this.post(peer, { date, from_id, ...(owner === sender && { out: true }), ...fields }, { owner }),
      ]),
    );
  }

  /**
   * Hides earlier messages of a channel from an account, as if it joined at message `firstId`. 0 shows all messages.
   */
  hideBefore(peer: WorldPeer, firstId: number, { owner }: Required<PostOptions>): void {
    this.#firstVisible.set(`${owner}/${peer}`, firstId);
  }

  /** Leaves a gap in the ids, as deleted messages do. */
  skipIds(peer: WorldPeer, count: number, { owner }: PostOptions = {}): void {
    const sequence = this.#sequenceOf(peer, owner ?? this.#firstOwner());
    this.#lastIds.set(sequence, (this.#lastIds.get(sequence) ?? 0) + count);
  }

  /**
   * Changes fields of a message. Set `edit_date` if it should count as edited.
   *
   * @throws {RangeError} if there is no such message.
   */
  edit(peer: WorldPeer, id: number, { owner, ...fields }: Fields & PostOptions): void {
    const list = this.#list(peer, owner ?? this.#firstOwner());
    const message = list.find(id);
    if (message === undefined) throw new RangeError(`there is no message ${id} in ${peer}`);
    list.replace({ ...message, ...fields });
  }

  /** Deletes messages. @returns How many of them existed. */
  delete(peer: WorldPeer, ids: readonly number[], { owner }: PostOptions = {}): number {
    const list = this.#list(peer, owner ?? this.#firstOwner());
    return ids.filter((id) => list.delete(id)).length;
  }

  /** The current state of one message. */
  message(peer: WorldPeer, id: number, { owner }: PostOptions = {}): TlObject | undefined {
    return this.#list(peer, owner ?? this.#firstOwner()).find(id);
  }

  dialogs(userId: bigint): readonly WorldPeer[] {
    const peers = [...(this.#dialogs.get(userId) ?? [])];
    const dates = new Map(peers.map((peer) => [peer, this.#lastDate(peer, userId)]));
    return peers.sort((left, right) => (dates.get(right) ?? 0) - (dates.get(left) ?? 0));
  }

  history(userId: bigint, peer: WorldPeer): WorldHistory | undefined {
    const known = parseWorldPeer(peer).kind === 'user' ? this.users.has(parseWorldPeer(peer).id) : this.chats.has(peer);
    if (!known) return undefined;
    const list = this.#list(peer, userId);
    const firstId = this.#firstVisible.get(`${userId}/${peer}`) ?? 0;
    return firstId === 0 ? list : visiblePart(list, firstId);
  }

  story(peer: WorldPeer, id: number): TlObject | undefined {
    return this.#stories.get(`${peer}/${id}`);
  }

  topics(peer: WorldPeer): readonly TlObject[] {
    return this.#topics.get(peer) ?? [];
  }

  file(kind: 'photo' | 'document', id: bigint, size?: string): WorldFile | undefined {
    return this.#media.file(kind, id, size);
  }

  cdnCopy(kind: 'photo' | 'document', id: bigint, size?: string): CdnCopy | undefined {
    return this.#media.cdnCopy(kind, id, size);
  }

  object(kind: 'photo' | 'document', id: bigint): TlObject | undefined {
    return this.#media.object(kind, id);
  }

  #append(peer: WorldPeer, fields: TlObject, options: PostOptions): number {
    const owner = options.owner ?? this.#firstOwner();
    const list = this.#list(peer, owner);
    const sequence = this.#sequenceOf(peer, owner);
    const message = {
      id: (this.#lastIds.get(sequence) ?? 0) + 1,
      peer_id: tlPeer(peer),
      date: this.#lastDate(peer, owner) + 60,
      ...fields,
    };
    const id = messageId(message);
    list.append(message);
    this.#lastIds.set(sequence, Math.max(this.#lastIds.get(sequence) ?? 0, id));
    this.openDialog(peer, owner);
    return id;
  }

  #lastDate(peer: WorldPeer, owner: bigint): number {
    const date = this.#list(peer, owner).last()?.['date'];
    return typeof date === 'number' ? date : 0;
  }

  #list(peer: WorldPeer, owner: bigint): MessageList {
    const key = peer.startsWith('channel:') ? peer : `${owner}/${peer}`;
    const known = this.#histories.get(key);
    if (known !== undefined) return known;
    const list = new MessageList();
    this.#histories.set(key, list);
    return list;
  }

  #sequenceOf(peer: WorldPeer, owner: bigint): string {
    return peer.startsWith('channel:') ? peer : `${owner}`;
  }

  /** @throws {RangeError} if the world has no account yet. */
  #firstOwner(): bigint {
    const account = this.accounts[0];
    if (account === undefined)
      throw new RangeError('add an account before messages: messages need the mailbox of an account');
    return account.userId;
  }
}
