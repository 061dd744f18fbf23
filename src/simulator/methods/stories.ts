import { RpcRefusal } from '../state/rpc-refusal.js';
import { objectIn } from '../tl/fields.js';
import { mentionedEntities } from './mentioned-peers.js';
import type { MethodTable } from './method.js';
import { resolvePeer } from './peers.js';

/** The maximum. A request for more is refused (https://core.telegram.org/method/stories.getStoriesByID). */
const MAX_STORIES = 100;

/** Methods for stories. */
export const storyMethods: MethodTable = {
  'stories.getStoriesByID': {
    handle: (call) => {
      const peer = resolvePeer(call, objectIn(call.params, 'peer'));
      const ids = call.params['id'] as readonly number[];
      if (ids.length === 0) throw new RpcRefusal('STORY_ID_EMPTY');
      if (ids.length > MAX_STORIES) throw new RpcRefusal('STORIES_TOO_MUCH');
      // Expired stories that their owner did not keep are omitted.
      const stories = ids.map((id) => call.state.world.story?.(peer, id)).filter((story) => story !== undefined);
      return { _: 'stories.stories', count: stories.length, stories, ...mentionedEntities(call, stories, [peer]) };
    },
  },
};
