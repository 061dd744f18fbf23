import { intIn, objectIn, objectsIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';
import { parseWorldPeer } from '../world/world-peer.js';
import type { WorldPeer } from '../world/world.js';
import { RpcRefusal } from '../state/rpc-refusal.js';
import { dialogOf } from './dialog-object.js';
import { historyOf } from './history/visible-history.js';
import { mentionedEntities } from './mentioned-peers.js';
import { callerOf, type MethodCall, type MethodTable } from './method.js';
import { peerNamedBy, resolvePeer } from './peers.js';
import { STATE } from './updates.js';

const MAX_DIALOGS = 100;
/** The folder of archived chats. It is always empty. */
const ARCHIVE_FOLDER = 1;

interface DialogEntry {
  readonly peer: WorldPeer;
  /** The newest message, if any. */
  readonly top: TlObject | undefined;
}

/** The list of chats. */
export const dialogMethods: MethodTable = {
  'messages.getDialogs': {
    handle: (call) => {
      const entries = folderOf(call) === ARCHIVE_FOLDER ? [] : dialogEntries(call);
      const start = firstOfPage(call, entries);
      const limit = Math.min(Math.max(intIn(call.params, 'limit'), 1), MAX_DIALOGS);
      const page = entries.slice(start, start + limit);
      const content = dialogContent(call, page);
      if (page.length === entries.length) return { _: 'messages.dialogs', ...content };
      return { _: 'messages.dialogsSlice', count: entries.length, ...content };
    },
  },
  'messages.getPinnedDialogs': {
    handle: (call) => {
      folderOf(call);
      return { _: 'messages.peerDialogs', state: STATE, ...dialogContent(call, []) };
    },
  },
  'messages.getPeerDialogs': {
    handle: (call) => {
      const peers = objectsIn(call.params, 'peers').map((input) => resolvePeer(call, objectIn(input, 'peer')));
      if (peers.length === 0) throw new RpcRefusal('INPUT_PEERS_EMPTY');
      const entries = peers.map((peer) => entryOf(call, peer));
      return { _: 'messages.peerDialogs', state: STATE, ...dialogContent(call, entries) };
    },
  },
  'messages.getDialogFilters': { handle: () => ({ _: 'messages.dialogFilters', filters: [] }) },
};

function folderOf(call: MethodCall): number {
  const folder = intIn(call.params, 'folder_id');
  if (folder !== 0 && folder !== ARCHIVE_FOLDER) throw new RpcRefusal('FOLDER_ID_INVALID');
  return folder;
}

function dialogEntries(call: MethodCall): DialogEntry[] {
  return call.state.world.dialogs(callerOf(call)).map((peer) => entryOf(call, peer));
}

function entryOf(call: MethodCall, peer: WorldPeer): DialogEntry {
  const history = historyOf(call, peer);
  return { peer, top: history.length === 0 ? undefined : history.at(history.length - 1) };
}

/**
 * The index of the first dialog of a page: the one after the offset's peer. If that dialog no longer exists, the first
 * one that is older than the offset's date.
 */
function firstOfPage(call: MethodCall, entries: readonly DialogEntry[]): number {
  const offsetPeer = objectIn(call.params, 'offset_peer');
  const offsetDate = intIn(call.params, 'offset_date');
  if (offsetPeer._ !== 'inputPeerEmpty') {
    const peer = peerNamedBy(call, offsetPeer);
    if (peer === undefined || !exists(call, peer)) throw new RpcRefusal('OFFSET_PEER_ID_INVALID');
    const index = entries.findIndex((entry) => entry.peer === peer);
    if (index !== -1) return index + 1;
  }
  if (offsetDate === 0) return 0;
  const older = entries.findIndex(({ top }) => intIn(top ?? { _: '' }, 'date') < offsetDate);
  return older === -1 ? entries.length : older;
}

/** Whether a peer exists. Its access hash is not checked, so that a dialog that was removed meanwhile is no error. */
function exists({ state: { world } }: MethodCall, peer: WorldPeer): boolean {
  const { kind, id } = parseWorldPeer(peer);
  return kind === 'user' ? world.users.has(id) : world.chats.has(peer);
}

function dialogContent(call: MethodCall, entries: readonly DialogEntry[]): Record<string, readonly TlObject[]> {
  const messages = entries.flatMap(({ top }) => (top === undefined ? [] : [top]));
  const dialogs = entries.map(({ peer, top }) => dialogOf(call, peer, intIn(top ?? { _: '' }, 'id')));
  const peers = entries.map(({ peer }) => peer);
  return { dialogs, messages, ...mentionedEntities(call, messages, peers) };
}
