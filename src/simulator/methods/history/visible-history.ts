import { intIn } from '../../tl/fields.js';
import type { WorldHistory, WorldPeer } from '../../world/world.js';
import { callerOf, type MethodCall } from '../method.js';

const EMPTY: WorldHistory = {
  length: 0,
  at: (index) => {
    throw new RangeError(`An empty history has no message ${index}.`);
  },
  indexOf: () => 0,
};

/** The history that the caller sees; empty if the world has none. */
export function historyOf(call: MethodCall, peer: WorldPeer): WorldHistory {
  return call.state.world.history(callerOf(call), peer) ?? EMPTY;
}

/**
 * The event counter of a channel, with which clients find out whether they missed updates
 * (https://core.telegram.org/api/updates). Here it counts one event for each assigned message id, and one for the
 * creation of the channel.
 */
export function channelPts(call: MethodCall, peer: WorldPeer): number {
  return newestIdIn(historyOf(call, peer)) + 1;
}

/** The highest message id of a history; 0 if it is empty. */
export function newestIdIn(history: WorldHistory): number {
  return history.length === 0 ? 0 : intIn(history.at(history.length - 1), 'id');
}
