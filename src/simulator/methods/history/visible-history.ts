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

/** The history that the caller sees; empty where the world has none. */
export function historyOf(call: MethodCall, peer: WorldPeer): WorldHistory {
  return call.state.world.history(callerOf(call), peer) ?? EMPTY;
}

/**
 * How many events a channel has seen, for clients that ask whether they missed something
 * (https://core.telegram.org/api/updates): here one for each message id that was given out, and the first for the
 * channel itself.
 */
export function channelPts(call: MethodCall, peer: WorldPeer): number {
  return newestIdIn(historyOf(call, peer)) + 1;
}

/** 0 where there is no message. */
export function newestIdIn(history: WorldHistory): number {
  return history.length === 0 ? 0 : intIn(history.at(history.length - 1), 'id');
}
