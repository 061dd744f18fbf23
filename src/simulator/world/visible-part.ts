import type { TlObject } from '../tl/tl-object.js';
import type { WorldHistory } from './world.js';

/** A history without the messages before an id, as seen by a member who joined later. */
export function visiblePart(whole: WorldHistory, firstId: number): WorldHistory {
  const hiddenCount = whole.indexOf(firstId);
  return {
    length: whole.length - hiddenCount,
    at: (index): TlObject => {
      if (index < 0) throw new RangeError(`index must be 0 or more, got ${index}`);
      return whole.at(hiddenCount + index);
    },
    indexOf: (id) => Math.max(0, whole.indexOf(id) - hiddenCount),
  };
}
