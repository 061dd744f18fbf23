import { RpcRefusal } from '../state/rpc-refusal.js';
import { longIn, objectIn, objectsIn, textIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';
import { parseWorldPeer, tlPeer } from '../world/world-peer.js';
import type { WorldPeer } from '../world/world.js';
import { isHashRight } from './bot-access.js';
import { mentionedEntities, userSeenBy } from './mentioned-peers.js';
import { callerOf, type MethodCall, type MethodTable } from './method.js';
import { refuseFromMessageToBots, resolvePeer } from './peers.js';

/** Methods for users and usernames. */
export const userMethods: MethodTable = {
  'users.getUsers': { handle: (call) => objectsIn(call.params, 'id').map((input) => userFor(call, input)) },
  'users.getFullUser': {
    handle: (call) => {
      const peer = resolvePeer(call, objectIn(call.params, 'id'));
      const full = call.state.world.fullChats.get(peer) ?? {
        _: 'userFull',
        id: parseWorldPeer(peer).id,
        settings: { _: 'peerSettings' },
        notify_settings: { _: 'peerNotifySettings' },
        common_chats_count: 0,
      };
      return { _: 'users.userFull', full_user: full, ...mentionedEntities(call, [full], [peer]) };
    },
  },
  'contacts.resolveUsername': {
    handle: (call) => {
      const peer = peerNamed(call, textIn(call.params, 'username'));
      return { _: 'contacts.resolvedPeer', peer: tlPeer(peer), ...mentionedEntities(call, [], [peer]) };
    },
  },
  'contacts.getContacts': {
    handle: (call) => {
      const users = [...call.state.world.users.values()].filter((user) => user['contact'] === true);
      const contacts = users.map((user) => ({ _: 'contact', user_id: longIn(user, 'id'), mutual: false }));
      return { _: 'contacts.contacts', contacts, saved_count: 0, users };
    },
  },
};

/** Returns `userEmpty` for an unknown user or a wrong access hash, as Telegram does. */
function userFor(call: MethodCall, input: TlObject): TlObject {
  refuseFromMessageToBots(call, input);
  const id = input._ === 'inputUserSelf' ? callerOf(call) : longIn(input, 'user_id');
  const user = call.state.world.users.get(id);
  const isKnown =
    user !== undefined &&
    (id === callerOf(call) || isHashRight(call, { peer: `user:${id}`, entity: user }, longIn(input, 'access_hash')));
  return (isKnown && userSeenBy(call.key, user)) || { _: 'userEmpty', id };
}

function peerNamed(call: MethodCall, username: string): WorldPeer {
  const wanted = username.toLowerCase();
  const isWanted = (entity: TlObject): boolean =>
    textIn(entity, 'username').toLowerCase() === wanted ||
    objectsIn(entity, 'usernames').some((name) => textIn(name, 'username').toLowerCase() === wanted);
  if (!/^[a-z][a-z0-9_]{3,31}$/.test(wanted)) throw new RpcRefusal('USERNAME_INVALID');
  for (const [id, user] of call.state.world.users) if (isWanted(user)) return `user:${id}`;
  for (const [peer, chat] of call.state.world.chats) if (isWanted(chat)) return peer;
  throw new RpcRefusal('USERNAME_NOT_OCCUPIED');
}
