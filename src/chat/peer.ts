/**
 * A user, a basic group or a channel (supergroups and forums are channels), as one text. It says who somebody is; a
 * chat of an archive is named by a `ChatId`, since message ids of private chats and basic groups are each account's own. The digits are Telegram's bare id, up to 64 bits, without the `-100` prefix of the bot API. The spelling is
 * Telegram Desktop's (`from_id` in result.json).
 */
export type PeerId = `user${string}` | `chat${string}` | `channel${string}`;

export type PeerKind = 'user' | 'chat' | 'channel';

/** @param id - Telegram's bare id. */
export function peerId(kind: PeerKind, id: bigint | number | string): PeerId {
  return `${kind}${String(id)}`;
}

/** Takes a peer id apart: `user42` → `{ kind: 'user', id: '42' }`. */
export function parsePeerId(peer: PeerId): { readonly kind: PeerKind; readonly id: string } {
  const kind = peer.startsWith('user') ? 'user' : peer.startsWith('channel') ? 'channel' : 'chat';
  return { kind, id: peer.slice(kind.length) };
}
