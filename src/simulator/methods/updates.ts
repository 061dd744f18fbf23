import type { TlObject } from '../tl/tl-object.js';
import { RpcRefusal } from '../state/rpc-refusal.js';
import { intIn, objectIn } from '../tl/fields.js';
import { dialogOf } from './dialog-object.js';
import { channelPts, historyOf, newestIdIn } from './history/visible-history.js';
import { mentionedEntities } from './mentioned-peers.js';
import type { MethodCall, MethodTable } from './method.js';
import { resolvePeer } from './peers.js';

/** The state of an account to which nothing ever happens: the simulator sends no updates. */
export const STATE: TlObject = { _: 'updates.state', pts: 1, qts: 0, date: 1_700_000_000, seq: 1, unread_count: 0 };

/** What clients ask to learn whether they missed something. */
export const updateMethods: MethodTable = {
  'updates.getState': { handle: () => STATE },
  'updates.getDifference': { handle: () => ({ _: 'updates.differenceEmpty', date: STATE['date'], seq: STATE['seq'] }) },
  'updates.getChannelDifference': { handle: channelDifference },
  'account.updateStatus': { handle: () => true },
};

/**
 * Who missed something is told where the channel stands now, and to read the rest as a history: what Telegram answers
 * to those who missed much (https://core.telegram.org/constructor/updates.channelDifferenceTooLong).
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
