import bigInt from 'big-integer';
import { Api } from 'telegram';

import { chatsCalled, nearNamesHint, severalChats } from '../../../chat/chat-lookup.js';
import type { ChatMeaning, ChatReference } from '../../../chat/chat-reference.js';
import { parsePeerId, type PeerId } from '../../../chat/peer.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import { notFoundByBot } from '../history/by-ids/bot-limits.js';
import type { TelegramClient } from '../wire/client.js';
import { type DialogList, listDialogs } from './dialogs.js';
import { inputGroup, migrationTargetId, unlessRefused } from './migration.js';
import type { MessageReader } from '../history/message-reader.js';
import { idOf, idOfPeer, type KnownPeer, type PeerDirectory } from '../history/peer-directory.js';

export interface ResolveOptions {
  readonly peers: PeerDirectory;
  /** The account's own user. */
  readonly self: Api.User;
  readonly reader: MessageReader;
  readonly signal: AbortSignal;
}

/**
 * Finds the peer that a reference names, also if the chat was deleted, left or forbidden. It does not check that the
 * account may read the chat.
 *
 * @throws {ChatferryError} `CHAT_NOT_FOUND` with the most similar names; `USAGE` if the reference is ambiguous or
 *   cannot name a chat.
 */
export function resolvePeer(
  client: TelegramClient,
  reference: ChatReference,
  options: ResolveOptions,
): Promise<KnownPeer> {
  return new PeerSearch(client, options).resolve(reference);
}

/** Finds a peer by its id alone. Lists the dialogs if the peer has not been seen yet. */
export function findById(client: TelegramClient, id: PeerId, options: ResolveOptions): Promise<KnownPeer | undefined> {
  const known = options.peers.get(id);
  return known === undefined ? new PeerSearch(client, options).byAnyId([id]) : Promise.resolve(known);
}

/** One search. Lists the dialogs at most once, and only if needed. */
class PeerSearch {
  readonly #client: TelegramClient;
  readonly #options: ResolveOptions;
  #dialogs: Promise<DialogList> | undefined;

  constructor(client: TelegramClient, options: ResolveOptions) {
    this.#client = client;
    this.#options = options;
  }

  async resolve(reference: ChatReference): Promise<KnownPeer> {
    for (const meaning of reference.meanings) {
      const found = await this.#find(meaning, reference);
      if (found !== undefined) return found;
    }
    if (reference.refusal !== undefined) throw new ChatferryError('USAGE', reference.refusal);
    if (this.#options.self.bot === true) throw notFoundByBot(reference);
    const { chats } = await this.#list();
    const hint = nearNamesHint(reference, chats) || ' `chatferry chats` lists all.';
    throw new ChatferryError('CHAT_NOT_FOUND', `This account sees no chat "${reference.text}".${hint}`);
  }

  async byAnyId(candidates: readonly PeerId[]): Promise<KnownPeer | undefined> {
    const { peers } = this.#options;
    const known = (): KnownPeer | undefined =>
      candidates.map((candidate) => peers.get(candidate)).find((peer) => peer !== undefined);
    if (known() === undefined) await this.#list();
    for (const candidate of candidates) {
      if (known() !== undefined) break;
      await this.#askById(candidate);
    }
    return known();
  }

  async #find(meaning: ChatMeaning, reference: ChatReference): Promise<KnownPeer | undefined> {
    const { peers, self } = this.#options;
    switch (meaning.kind) {
      case 'self':
        if (self.bot === true) return undefined; // Bots have no saved messages.
        peers.add([self]);
        return peers.get(idOf(self));
      case 'username':
        return this.#byUsername(meaning.username);
      case 'title':
        return this.#byTitle(meaning.title, reference);
      case 'id':
        return this.byAnyId(meaning.candidates);
    }
  }

  async #byUsername(username: string): Promise<KnownPeer | undefined> {
    const { peers, signal } = this.#options;
    const request = new Api.contacts.ResolveUsername({ username });
    const answer = await unlessRefused(this.#client.invoke(request, { signal }));
    if (answer === undefined) return undefined;
    peers.add([...answer.users, ...answer.chats]);
    return peers.get(idOfPeer(answer.peer));
  }

  async #byTitle(title: string, reference: ChatReference): Promise<KnownPeer | undefined> {
    const { peers } = this.#options;
    const { chats, absorbed } = await this.#list();
    const listed = chatsCalled(title, chats);
    const called = (listed.length > 0 ? listed : chatsCalled(title, absorbed)).map(({ peerId }) => peerId);
    // A basic group and the supergroup that it became usually have the same title: prefer the group, which names both.
    const targets = new Set(called.map((id) => migrationTargetId(peers.get(id)?.entity)));
    const matches = called.filter((id) => !targets.has(id));
    if (matches.length > 1) throw severalChats(reference, matches);
    const [match] = matches;
    return match === undefined ? undefined : peers.get(match);
  }

  /**
   * Requests a peer without an access hash. Basic groups need none, and bots need none for peers that they have met. In
   * other cases the server refuses.
   */
  async #askById(id: PeerId): Promise<void> {
    const { peers, reader, signal } = this.#options;
    const parsed = parsePeerId(id);
    const bareId = bigInt(parsed.id);
    const ask = <R extends Api.AnyRequest>(request: R): Promise<R['__response'] | undefined> =>
      unlessRefused(this.#client.invoke(request, { signal }));
    switch (parsed.kind) {
      case 'chat': {
        const answer = await ask(new Api.messages.GetChats({ id: [bareId] }));
        const known = (answer?.chats ?? []).filter((chat) => !(chat instanceof Api.ChatEmpty));
        peers.add(known);
        if (known.length > 0) return;
        // The messages of a basic group are in the account's own mailbox, even if Telegram no longer knows the group.
        const extent = await unlessRefused(reader.extentOf({ id, input: inputGroup(id) }, signal));
        if ((extent?.messageCount ?? 0) > 0) peers.add([new Api.ChatEmpty({ id: bareId })]);
        return;
      }
      case 'channel': {
        const input = new Api.InputChannel({ channelId: bareId, accessHash: bigInt.zero });
        peers.add((await ask(new Api.channels.GetChannels({ id: [input] })))?.chats ?? []);
        return;
      }
      case 'user': {
        const input = new Api.InputUser({ userId: bareId, accessHash: bigInt.zero });
        peers.add((await ask(new Api.users.GetUsers({ id: [input] }))) ?? []);
      }
    }
  }

  #list(): Promise<DialogList> {
    const { peers, self, signal } = this.#options;
    // Telegram does not let bots list their chats.
    this.#dialogs ??=
      self.bot === true
        ? Promise.resolve({ chats: [], absorbed: [] })
        : listDialogs(this.#client, { peers, selfId: self.id.toString(), signal });
    return this.#dialogs;
  }
}
