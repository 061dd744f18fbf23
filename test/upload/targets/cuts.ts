import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import type { OutgoingPart, UploadTarget } from '../../../src/upload/upload-target.js';
import { changedTarget } from './changed-target.js';

/** Where the line breaks. `lost`: the far end did it, and its answer does not come. */
export type Cut =
  | 'before the beginning'
  | 'when the beginning is lost'
  | 'before the second part'
  | 'within the second part'
  | 'when the second part is lost'
  | 'before the end'
  | 'when the end is lost'
  | 'before the comparison';

export const CUTS: readonly Cut[] = [
  'before the beginning',
  'when the beginning is lost',
  'before the second part',
  'within the second part',
  'when the second part is lost',
  'before the end',
  'when the end is lost',
  'before the comparison',
];

/** The target on a line that breaks once, at this point. */
export function cutTarget(target: UploadTarget, cut: Cut): UploadTarget {
  let isCut = false;
  const at = (point: Cut): void => {
    if (point !== cut || isCut) return;
    isCut = true;
    throw new ChatferryError('UNREACHABLE', `The line broke ${cut}.`);
  };
  return changedTarget(target, {
    begin: async (...args) => {
      at('before the beginning');
      const remote = await target.begin(...args);
      at('when the beginning is lost');
      return remote;
    },
    sendPart: async (remote, { part, file }, signal) => {
      if (part.index !== 1) return target.sendPart(remote, { part, file }, signal);
      at('before the second part');
      const cut = withBody(part, () => at('within the second part'));
      const receipt = await target.sendPart(remote, { part: cut, file }, signal);
      at('when the second part is lost');
      return receipt;
    },
    complete: async (...args) => {
      at('before the end');
      const remote = await target.complete(...args);
      at('when the end is lost');
      return remote;
    },
    confirm: async (...args) => {
      at('before the comparison');
      return target.confirm(...args);
    },
  });
}

/** The part with something that happens when half of it is sent. */
export function withBody(part: OutgoingPart, atHalf: () => void | Promise<void>): OutgoingPart {
  return {
    ...part,
    body: async function* () {
      let sentBytes = 0;
      let isHalf = false;
      for await (const piece of part.body()) {
        yield piece;
        sentBytes += piece.length;
        if (isHalf || sentBytes * 2 < part.sizeBytes) continue;
        isHalf = true;
        await atHalf();
      }
    },
  };
}
