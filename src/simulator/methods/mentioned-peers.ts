import type { AuthKey } from '../crypto/auth-key.js';
import type { TlObject, TlValue } from '../tl/tl-object.js';
import { isObject } from '../tl/tl-writer.js';
import type { WorldPeer } from '../world/world.js';
import type { MethodCall } from './method.js';

/** The fields that contain the bare id of a user, a basic group or a channel. */
const FIELD_KINDS: ReadonlyMap<string, 'user' | 'chat' | 'channel'> = new Map([
  ['user_id', 'user'],
  ['via_bot_id', 'user'],
  ['via_business_bot_id', 'user'],
  ['inviter_id', 'user'],
  ['bot_id', 'user'],
  ['users', 'user'],
  ['winners', 'user'],
  ['chat_id', 'chat'],
  ['channel_id', 'channel'],
  ['channels', 'channel'],
] as const);

/** The peers of each object. Worlds return the same objects repeatedly. */
const cache = new WeakMap<TlObject, readonly WorldPeer[]>();

/**
 * The users and chats that objects refer to, which every answer must include: senders, forwards, mentions, members that
 * join or leave. Each is included once; unknown ones are omitted.
 */
export function mentionedEntities(
  { state: { world }, key }: MethodCall,
  objects: readonly TlObject[],
  also: readonly WorldPeer[] = [],
): { readonly users: TlObject[]; readonly chats: TlObject[] } {
  const peers = new Set<WorldPeer>(also);
  for (const object of objects) for (const peer of peersIn(object)) peers.add(peer);
  const users: TlObject[] = [];
  const chats: TlObject[] = [];
  for (const peer of peers) {
    const user = peer.startsWith('user:') ? userSeenBy(key, world.users.get(BigInt(peer.slice(5)))) : undefined;
    const chat = world.chats.get(peer);
    if (user !== undefined) users.push(user);
    if (chat !== undefined) chats.push(chat);
  }
  return { users, chats };
}

/** A user as the caller sees it: the caller's own user has the `self` flag. */
export function userSeenBy(key: AuthKey, user: TlObject | undefined): TlObject | undefined {
  return user !== undefined && user['id'] === key.userId ? { ...user, self: true } : user;
}

function peersIn(object: TlObject): readonly WorldPeer[] {
  let peers = cache.get(object);
  if (peers === undefined) {
    const found = new Set<WorldPeer>();
    collect(object, found);
    peers = [...found];
    cache.set(object, peers);
  }
  return peers;
}

function collect(object: TlObject, into: Set<WorldPeer>): void {
  for (const [field, value] of Object.entries(object)) {
    const kind = FIELD_KINDS.get(field);
    if (kind !== undefined) {
      for (const id of Array.isArray(value) ? (value as readonly TlValue[]) : [value]) {
        if (typeof id === 'bigint') into.add(`${kind}:${id}`);
      }
    }
    if (isObject(value)) collect(value, into);
    else if (Array.isArray(value))
      for (const item of value as readonly TlValue[]) if (isObject(item)) collect(item, into);
  }
}
