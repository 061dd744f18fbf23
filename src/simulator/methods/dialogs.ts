import { intIn, objectIn, objectsIn } from '../tl/fields.js';
import type { TlObject } from '../tl-object.js';
import { tlPeer } from '../world-peer.js';
import type { WorldPeer } from '../world.js';
import { historyOf } from './histories.js';
import { mentionedEntities } from './mentioned-peers.js';
import { callerOf, type MethodCall, type MethodTable } from './method.js';
import { isChannel, peerNamedBy, resolvePeer } from './peers.js';
import { STATE } from './updates.js';

const MAX_DIALOGS = 100;
/** The folder of archived chats, which worlds do not have. */
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
      const entries = intIn(call.params, 'folder_id') === ARCHIVE_FOLDER ? [] : dialogEntries(call);
      const start = firstOfPage(call, entries);
      const limit = Math.min(Math.max(intIn(call.params, 'limit'), 1), MAX_DIALOGS);
      const page = entries.slice(start, start + limit);
      const content = dialogContent(call, page);
      if (page.length === entries.length) return { _: 'messages.dialogs', ...content };
      return { _: 'messages.dialogsSlice', count: entries.length, ...content };
    },
  },
  'messages.getPinnedDialogs': {
    handle: (call) => ({ _: 'messages.peerDialogs', state: STATE, ...dialogContent(call, []) }),
  },
  'messages.getPeerDialogs': {
    handle: (call) => {
      const peers = objectsIn(call.params, 'peers').map((input) => resolvePeer(call, objectIn(input, 'peer')));
      const entries = peers.map((peer) => entryOf(call, peer));
      return { _: 'messages.peerDialogs', state: STATE, ...dialogContent(call, entries) };
    },
  },
  'messages.getDialogFilters': { handle: () => ({ _: 'messages.dialogFilters', filters: [] }) },
};

function dialogEntries(call: MethodCall): DialogEntry[] {
  return call.state.world.dialogs(callerOf(call)).map((peer) => entryOf(call, peer));
}

function entryOf(call: MethodCall, peer: WorldPeer): DialogEntry {
  const history = historyOf(call, peer);
  return { peer, top: history.length === 0 ? undefined : history.at(history.length - 1) };
}

/** After the offset's peer; when that has gone, after everything that is as new as the offset's date. */
function firstOfPage(call: MethodCall, entries: readonly DialogEntry[]): number {
  const offsetPeer = objectIn(call.params, 'offset_peer');
  const offsetDate = intIn(call.params, 'offset_date');
  if (offsetPeer._ !== 'inputPeerEmpty') {
    const peer = peerNamedBy(call, offsetPeer);
    const index = entries.findIndex((entry) => entry.peer === peer);
    if (index !== -1) return index + 1;
  }
  if (offsetDate === 0) return 0;
  const older = entries.findIndex(({ top }) => intIn(top ?? { _: '' }, 'date') < offsetDate);
  return older === -1 ? entries.length : older;
}

function dialogContent(call: MethodCall, entries: readonly DialogEntry[]): Record<string, readonly TlObject[]> {
  const messages = entries.flatMap(({ top }) => (top === undefined ? [] : [top]));
  const dialogs = entries.map(({ peer, top }): TlObject => {
    const topId = intIn(top ?? { _: '' }, 'id');
    return {
      _: 'dialog',
      peer: tlPeer(peer),
      top_message: topId,
      read_inbox_max_id: topId,
      read_outbox_max_id: topId,
      unread_count: 0,
      unread_mentions_count: 0,
      unread_reactions_count: 0,
      notify_settings: { _: 'peerNotifySettings' },
      ...(isChannel(peer) ? { pts: 1 } : {}),
    };
  });
  const peers = entries.map(({ peer }) => peer);
  return { dialogs, messages, ...mentionedEntities(call, messages, peers) };
}
