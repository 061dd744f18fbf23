import type { Media } from '../../../chat/media.js';
import type { Message } from '../../../chat/message.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import { locationOf, type TelegramLocation } from '../convert/telegram-location.js';

/** The same medium in another copy of its message. */
function sameIn({ media: candidates }: Message, { remoteId, role }: Media): Media | undefined {
  return candidates.find((candidate) => candidate.remoteId === remoteId && candidate.role === role);
}

/** Whether a copy of a message says something else of where a medium is than the location that was refused. */
export function isNewsOf(copy: Message, media: Media, refused: TelegramLocation | undefined): boolean {
  const same = sameIn(copy, media);
  const location = same && locationOf(same);
  if (location === undefined || refused === undefined) return true;
  return !Buffer.from(location.fileReference).equals(refused.fileReference);
}

/**
 * Where the bytes of a medium are, by a message that was fetched again.
 *
 * @param copy - Undefined where the message is gone.
 * @throws {ChatferryError} `MEDIA_UNAVAILABLE` where it does not say.
 */
export function locationIn(copy: Message | undefined, { id }: Message, media: Media): TelegramLocation {
  if (copy === undefined) {
    throw new ChatferryError(
      'MEDIA_UNAVAILABLE',
      `Message ${id} was deleted before its ${media.kind} could be fetched.`,
    );
  }
  const same = sameIn(copy, media);
  const location = same && locationOf(same);
  if (location !== undefined) return location;
  // What destroyed itself has lost its identity along with its bytes.
  const gone = same ?? copy.media.find(({ remoteId, role }) => remoteId === undefined && role === media.role);
  const reason = gone?.unavailableReason ?? `Message ${id} does not carry this ${media.kind} any more.`;
  throw new ChatferryError('MEDIA_UNAVAILABLE', reason);
}
