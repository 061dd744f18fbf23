import { RpcRefusal } from '../../state/rpc-refusal.js';
import { intIn, objectIn, objectsIn, textIn } from '../../tl/fields.js';
import type { TlObject } from '../../tl/tl-object.js';
import { tlPeer } from '../../world/world-peer.js';
import type { WorldPeer } from '../../world/world.js';
import { historyPage, pageRequest } from './history-page.js';
import { mentionedEntities } from '../mentioned-peers.js';
import { messagesAnswer } from './message-answers.js';
import { callerOf, type MethodCall, type MethodTable } from '../method.js';
import { isChannel, resolvePeer } from '../peers.js';
import { searchHistory } from './search.js';
import { historyOf } from './visible-history.js';

/** Methods that return messages: by page, by id, by search. */
export const historyMethods: MethodTable = {
  'messages.getHistory': {
    handle: (call) => {
      const peer = resolvePeer(call, objectIn(call.params, 'peer'));
      const history = historyOf(call, peer);
      return messagesAnswer(call, {
        peer,
        messages: historyPage(history, pageRequest(call.params)),
        count: history.length,
      });
    },
  },
  'messages.search': {
    handle: (call) => {
      const peer = resolvePeer(call, objectIn(call.params, 'peer'));
      const found = searchHistory(historyOf(call, peer), {
        text: textIn(call.params, 'q'),
        filter: objectIn(call.params, 'filter')._,
      });
      return messagesAnswer(call, {
        peer,
        messages: historyPage(found, pageRequest(call.params)),
        count: found.length,
      });
    },
  },
  'messages.getMessages': {
    handle: (call) => {
      const peers = call.state.world.dialogs(callerOf(call)).filter((peer) => !isChannel(peer));
      const messages = requestedIds(call).map((id) => findMessage(call, peers, id) ?? { _: 'messageEmpty', id });
      return { _: 'messages.messages', messages, topics: [], ...mentionedEntities(call, messages) };
    },
  },
  'channels.getMessages': {
    handle: (call) => {
      const peer = resolvePeer(call, objectIn(call.params, 'channel'));
      const ids = requestedIds(call);
      if (ids.length === 0) throw new RpcRefusal('MESSAGE_IDS_EMPTY');
      const messages = ids.map(
        (id) => findMessage(call, [peer], id) ?? { _: 'messageEmpty', id, peer_id: tlPeer(peer) },
      );
      return messagesAnswer(call, { peer, messages, count: messages.length });
    },
  },
};

/** A request for more ids is refused, not truncated. */
const MAX_IDS = 100;

function requestedIds(call: MethodCall): number[] {
  const inputs = objectsIn(call.params, 'id');
  if (inputs.length > MAX_IDS) throw new RpcRefusal('LIMIT_INVALID');
  return inputs.filter(({ _ }) => _ === 'inputMessageID').map((input) => intIn(input, 'id'));
}

function findMessage(call: MethodCall, peers: readonly WorldPeer[], id: number): TlObject | undefined {
  for (const peer of peers) {
    const history = historyOf(call, peer);
    const index = history.indexOf(id);
    const message = index < history.length ? history.at(index) : undefined;
    if (message !== undefined && intIn(message, 'id') === id) return message;
  }
  return undefined;
}
