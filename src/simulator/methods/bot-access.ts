import { longIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';
import type { WorldPeer } from '../world/world.js';
import { callerOf, type MethodCall } from './method.js';

/**
 * Method families that bots may not call, except for the methods in `ALSO_FOR_BOTS`. Source: "Bots can use this method"
 * on the method pages at https://core.telegram.org/methods. A test compares them with the list that mtcute ships.
 */
const USER_FAMILIES: ReadonlySet<string> = new Set(['account', 'contacts', 'langpack', 'phone']);

const ALSO_FOR_BOTS: ReadonlySet<string> = new Set(['contacts.resolveUsername']);

const USER_METHODS: ReadonlySet<string> = new Set([
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

/** Whether a method is refused to bots with BOT_METHOD_INVALID, also if this server does not implement it. */
export function isForUsersOnly(method: string): boolean {
  if (ALSO_FOR_BOTS.has(method)) return false;
  return USER_METHODS.has(method) || USER_FAMILIES.has(method.slice(0, method.indexOf('.')));
}

/** Whether a bot is logged in with the caller's key. */
export function isBot({ key, state }: MethodCall): boolean {
  return key.userId !== undefined && state.world.users.get(key.userId)?.['bot'] === true;
}

/** Whether the caller is a bot that is in this chat. */
export function isBotIn(call: MethodCall, peer: WorldPeer): boolean {
  return isBot(call) && call.state.world.dialogs(callerOf(call)).includes(peer);
}

/** A peer that requests name with an access hash. */
export interface HashedPeer {
  readonly peer: WorldPeer;
  /** The TL `user` or `channel`. */
  readonly entity: TlObject;
}

/**
 * Whether an access hash is valid for a peer. A bot may omit it (0) for chats that it is in
 * (https://core.telegram.org/api/peers#access-hash).
 */
export function isHashRight(call: MethodCall, { peer, entity }: HashedPeer, hash: bigint): boolean {
  return hash === longIn(entity, 'access_hash') || (hash === 0n && isBotIn(call, peer));
}
