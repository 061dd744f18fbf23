import type { Chat } from '../../chat/chat.js';
import type { PeerId } from '../../chat/peer.js';
import type { Sender } from '../../chat/sender.js';

/** Looks up the names of peers, each only once, and records who was named. */
export class PeerNames {
  readonly #find: (id: PeerId) => Sender | undefined;
  readonly #found = new Map<PeerId, Sender | undefined>();

  /** @param find - Looks up a sender. The chat itself is found even where this returns undefined. */
  constructor(chat: Chat, find: (id: PeerId) => Sender | undefined) {
    this.#find = (id) => find(id) ?? (id === chat.peerId ? asSender(chat) : undefined);
  }

  /** The full name of a person, the title of a group or channel; null for a deleted or unknown one. */
  name(id: PeerId): string | null {
    const sender = this.#sender(id);
    if (sender === undefined || sender.isDeleted === true) return null;
    const name = [sender.name, sender.lastName].filter((part) => part !== undefined && part !== '').join(' ');
    return name === '' ? null : name;
  }

  /** Without `@`; undefined where there is none. */
  username(id: PeerId): string | undefined {
    const username = this.#sender(id)?.username;
    return username === '' ? undefined : username;
  }

  /** Everyone who was looked up and found, in the order of the first look-ups. */
  get named(): readonly Sender[] {
    return [...this.#found.values()].filter((sender) => sender !== undefined);
  }

  #sender(id: PeerId): Sender | undefined {
    if (this.#found.has(id)) return this.#found.get(id);
    const sender = this.#find(id);
    this.#found.set(id, sender);
    return sender;
  }
}

function asSender({ peerId, title, lastName, username }: Chat): Sender {
  return {
    id: peerId,
    ...(title === '' ? {} : { name: title }),
    ...(lastName === undefined ? {} : { lastName }),
    ...(username === undefined ? {} : { username }),
  };
}
