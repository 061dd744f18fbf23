import type { TlObject } from '../tl/tl-object.js';
import { RpcRefusal } from '../state/rpc-refusal.js';
import { intIn, objectIn } from '../tl/fields.js';
import { dialogOf } from './dialog-object.js';
import { channelPts, historyOf, newestIdIn } from './history/visible-history.js';
import { mentionedEntities } from './mentioned-peers.js';
import type { MethodCall, MethodTable } from './method.js';
import { resolvePeer } from './peers.js';

/** The constant state of every account: the simulator sends no updates. */
export const STATE: TlObject = { _: 'updates.state', pts: 1, qts: 0, date: 1_700_000_000, seq: 1, unread_count: 0 };

/** Methods with which clients find out whether they missed updates. */
export const updateMethods: MethodTable = {
  'updates.getState': { handle: () => STATE },
  'updates.getDifference': { handle: () => ({ _: 'updates.differenceEmpty', date: STATE['date'], seq: STATE['seq'] }) },
  'updates.getChannelDifference': { handle: channelDifference },
  'account.updateStatus': { handle: () => true },
};

/**
 * A client that missed updates receives the current state of the channel, and has to read the history. Telegram answers
 * like this to clients that missed many updates
 * (https://core.telegram.org/constructor/updates.channelDifferenceTooLong).
 */
function channelDifference(call: MethodCall): TlObject {
  const peer = resolvePeer(call, objectIn(call.params, 'channel'));
  const known = intIn(call.params, 'pts');
  if (known === 0) throw new RpcRefusal('PERSISTENT_TIMESTAMP_EMPTY');
  if (known < 0) throw new RpcRefusal('PERSISTENT_TIMESTAMP_INVALID');
  const pts = channelPts(call, peer);
  if (known >= pts) return { _: 'updates.channelDifferenceEmpty', final: true, pts: known };
  const history = historyOf(call, peer);
  const messages = history.length === 0 ? [] : [history.at(history.length - 1)];
  return {
    _: 'updates.channelDifferenceTooLong',
    final: true,
    dialog: dialogOf(call, peer, newestIdIn(history)),
    messages,
    ...mentionedEntities(call, messages, [peer]),
  };
}
