import type { TlObject } from '../tl-object.js';
import type { MethodTable } from './method.js';

/** The state of an account to which nothing ever happens: the simulator sends no updates. */
export const STATE: TlObject = { _: 'updates.state', pts: 1, qts: 0, date: 1_700_000_000, seq: 1, unread_count: 0 };

/** What clients ask to learn whether they missed something. */
export const updateMethods: MethodTable = {
  'updates.getState': { handle: () => STATE },
  'updates.getDifference': { handle: () => ({ _: 'updates.differenceEmpty', date: STATE['date'], seq: STATE['seq'] }) },
  'updates.getChannelDifference': { handle: () => ({ _: 'updates.channelDifferenceEmpty', final: true, pts: 1 }) },
  'account.updateStatus': { handle: () => true },
};
