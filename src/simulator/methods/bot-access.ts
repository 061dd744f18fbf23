import { longIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';
import type { WorldPeer } from '../world/world.js';
import { callerOf, type MethodCall } from './method.js';

/**
 * Families of which bots may call nothing but what `FOR_BOTS_TOO` names. Source: "Bots can use this method" of the
 * method pages at https://core.telegram.org/methods; a test compares them with the list that mtcute ships.
 */
const FAMILIES_FOR_USERS: ReadonlySet<string> = new Set(['account', 'contacts', 'langpack', 'phone']);

const FOR_BOTS_TOO: ReadonlySet<string> = new Set(['contacts.resolveUsername']);

const FOR_USERS_ONLY: ReadonlySet<string> = new Set([
  'auth.checkPassword',
  'auth.sendCode',
  'auth.signIn',
  'help.getAppConfig',
  'help.getNearestDc',
  'help.getTermsOfServiceUpdate',
  'messages.getAllDrafts',
  'messages.getDialogFilters',
  'messages.getDialogs',
  'messages.getHistory',
  'messages.getPeerDialogs',
  'messages.getPinnedDialogs',
  'messages.getSplitRanges',
  'messages.search',
  'messages.searchGlobal',
]);

/** Whether bots are refused a method with BOT_METHOD_INVALID, served here or not. */
export function isForUsersOnly(method: string): boolean {
  if (FOR_BOTS_TOO.has(method)) return false;
  return FOR_USERS_ONLY.has(method) || FAMILIES_FOR_USERS.has(method.slice(0, method.indexOf('.')));
}

/** Whether a bot is logged in with the caller's key. */
export function isBot({ key, state }: MethodCall): boolean {
  return key.userId !== undefined && state.world.users.get(key.userId)?.['bot'] === true;
}

/** Whether the caller is a bot that is in this chat. */
export function isBotIn(call: MethodCall, peer: WorldPeer): boolean {
  return isBot(call) && call.state.world.dialogs(callerOf(call)).includes(peer);
}

/** A peer that is named with an access hash. */
export interface HashedPeer {
  readonly peer: WorldPeer;
  /** The TL `user` or `channel`. */
  readonly entity: TlObject;
}

/**
 * Whether an access hash is the right one for a peer. A bot may leave it out (0) for the chats it is in:
 * https://core.telegram.org/api/peers#access-hash.
 */
export function isHashRight(call: MethodCall, { peer, entity }: HashedPeer, hash: bigint): boolean {
  return hash === longIn(entity, 'access_hash') || (hash === 0n && isBotIn(call, peer));
}
