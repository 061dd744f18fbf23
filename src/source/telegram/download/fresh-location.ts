import type { Media } from '../../../chat/media.js';
import type { Message } from '../../../chat/message.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import { locationOf, type TelegramLocation } from '../convert/telegram-location.js';

/** Finds the same file in another copy of its message. */
function findSame({ media: candidates }: Message, { remoteId, role }: Media): Media | undefined {
  return candidates.find((candidate) => candidate.remoteId === remoteId && candidate.role === role);
}

/** Whether a copy of a message has another location of a file than the refused one. */
export function hasNewLocation(copy: Message, media: Media, refused: TelegramLocation | undefined): boolean {
  const same = findSame(copy, media);
  const location = same && locationOf(same);
  if (location === undefined || refused === undefined) return true;
  return !Buffer.from(location.fileReference).equals(refused.fileReference);
}

/**
 * The location of a file in a message that was fetched again.
 *
 * @param copy - Undefined if the message was deleted.
 * @throws {ChatferryError} `MEDIA_UNAVAILABLE` if it has no location.
 */
export function locationIn(copy: Message | undefined, { id }: Message, media: Media): TelegramLocation {
  if (copy === undefined) {
    throw new ChatferryError(
      'MEDIA_UNAVAILABLE',
      `Message ${id} was deleted before its ${media.kind} could be fetched.`,
    );
  }
  const same = findSame(copy, media);
  const location = same && locationOf(same);
  if (location !== undefined) return location;
  // A self-destructed file has no remote id any more.
  const gone = same ?? copy.media.find(({ remoteId, role }) => remoteId === undefined && role === media.role);
  const reason = gone?.unavailableReason ?? `Message ${id} no longer contains this ${media.kind}.`;
  throw new ChatferryError('MEDIA_UNAVAILABLE', reason);
}
