/**
 * A user, a basic group or a channel (supergroups and forums are channels) as one string. It identifies people and groups.
 * A chat of an archive has a `ChatId` instead, because message ids of private chats and basic groups differ between accounts.
 * The digits are Telegram's bare id, up to 64 bits, without the `-100` prefix of the bot API. Telegram Desktop uses the same
 * form (`from_id` in result.json).
 */
export type PeerId = `user${string}` | `chat${string}` | `channel${string}`;

export type PeerKind = 'user' | 'chat' | 'channel';

/** @param id - Telegram's bare id. */
export function peerId(kind: PeerKind, id: bigint | number | string): PeerId {
  return `${kind}${String(id)}`;
}

/** Splits a peer id: `user42` → `{ kind: 'user', id: '42' }`. */
export function parsePeerId(peer: PeerId): { readonly kind: PeerKind; readonly id: string } {
  const kind = peer.startsWith('user') ? 'user' : peer.startsWith('channel') ? 'channel' : 'chat';
  return { kind, id: peer.slice(kind.length) };
}
