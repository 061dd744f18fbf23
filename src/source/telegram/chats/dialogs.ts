import bigInt from 'big-integer';
import { Api } from 'telegram';

import type { Chat } from '../../../chat/chat.js';
import type { PeerId } from '../../../chat/peer.js';
import type { TelegramClient } from '../wire/client.js';
import { convertChat } from '../convert/convert-chat.js';
import { migrationTargetId } from './migration.js';
import { idOf, idOfPeer, type PeerDirectory } from '../history/peer-directory.js';

// The maximum (https://core.telegram.org/method/messages.getDialogs).
const PAGE_SIZE = 100;

export interface ListDialogsOptions {
  /** Receives every user and chat of the answers. */
  readonly peers: PeerDirectory;
  /** The bare id of the account's own user. */
  readonly selfId: string;
  readonly signal: AbortSignal;
}

/** The chats of an account, newest activity first. */
export interface DialogList {
  readonly chats: readonly Chat[];
  /**
   * Basic groups that became a supergroup in `chats`. They are not listed, as their messages come with the supergroup.
   */
  readonly absorbed: readonly Chat[];
}

/**
 * Every chat of the account, including archived ones. A basic group that became a supergroup is omitted only if that
 * supergroup is in the list and the account is a member of it: a deleted, left or forbidden one returns no messages.
 *
 * @throws {ChatferryError} as {@link TelegramClient.call} does.
 */
export async function listDialogs(client: TelegramClient, options: ListDialogsOptions): Promise<DialogList> {
  const { peers, selfId, signal } = options;
  const listed = new Map<PeerId, ListedChat>();
  const seen = new Set<PeerId>();
  let offset: Offset = { offsetDate: 0, offsetId: 0, offsetPeer: new Api.InputPeerEmpty() };
  for (;;) {
    // Pinned chats come first on the first page, regardless of their date.
    const page = await client.invoke(new Api.messages.GetDialogs({ ...offset, limit: PAGE_SIZE, hash: bigInt.zero }), {
      signal,
    });
    if (page instanceof Api.messages.DialogsNotModified) break;
    peers.add([...page.users, ...page.chats]);
    const entities = new Map([...page.users, ...page.chats].map((entity) => [idOf(entity), entity]));
    const dates = new Map(page.messages.map((message) => [messageKey(message.peerId, message.id), dateOf(message)]));
    let newCount = 0;
    for (const dialog of page.dialogs) {
      if (!(dialog instanceof Api.Dialog)) continue;
      const id = idOfPeer(dialog.peer);
      if (seen.has(id)) continue;
      seen.add(id);
      newCount += 1;
      const entity = entities.get(id);
      if (entity === undefined) continue;
      const lastMessageDateMs = dates.get(messageKey(dialog.peer, dialog.topMessage));
      listed.set(id, { entity, chat: convertChat(entity, { selfId, lastMessageDateMs }) });
    }
    // An empty or repeated page marks the end; a short page does not.
    if (page instanceof Api.messages.Dialogs || newCount === 0) break;
    const following = offsetAfter(page, dates, peers);
    if (following === undefined) break;
    offset = following;
  }
  return withoutAbsorbed(listed);
}

interface ListedChat {
  readonly entity: Api.TypeUser | Api.TypeChat;
  readonly chat: Chat;
}

function withoutAbsorbed(listed: ReadonlyMap<PeerId, ListedChat>): DialogList {
  const chats = new Map([...listed].map(([id, { chat }]) => [id, chat]));
  const absorbed: Chat[] = [];
  for (const [id, { entity, chat }] of listed) {
    const targetId = migrationTargetId(entity);
    const target = targetId === undefined ? undefined : listed.get(targetId);
    if (!(target?.entity instanceof Api.Channel) || target.entity.left === true) continue;
    chats.delete(id);
    chats.set(target.chat.peerId, { ...target.chat, migratedFrom: id });
    absorbed.push(chat);
  }
  const newestFirst = (one: Chat, other: Chat): number => (other.lastMessageDateMs ?? 0) - (one.lastMessageDateMs ?? 0);
  return { chats: [...chats.values()].sort(newestFirst), absorbed };
}

interface Offset {
  readonly offsetDate: number;
  readonly offsetId: number;
  readonly offsetPeer: Api.TypeInputPeer;
}

/**
 * The offset of the next page: the last dialog whose peer and date are known (https://core.telegram.org/api/offsets).
 */
function offsetAfter(
  page: Api.messages.DialogsSlice,
  dates: ReadonlyMap<string, number>,
  peers: PeerDirectory,
): Offset | undefined {
  for (const dialog of page.dialogs.toReversed()) {
    if (!(dialog instanceof Api.Dialog)) continue;
    const known = peers.get(idOfPeer(dialog.peer));
    const dateMs = dates.get(messageKey(dialog.peer, dialog.topMessage));
    if (known === undefined || dateMs === undefined) continue;
    return { offsetDate: Math.floor(dateMs / 1000), offsetId: dialog.topMessage, offsetPeer: known.input };
  }
  return undefined;
}

function messageKey(peer: Api.TypePeer | null | undefined, id: number): string {
  return `${peer == null ? '' : idOfPeer(peer)}/${id}`;
}

function dateOf(message: Api.TypeMessage): number {
  return message instanceof Api.MessageEmpty ? 0 : message.date * 1000;
}
