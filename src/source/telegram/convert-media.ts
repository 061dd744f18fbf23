import type { Api } from 'telegram';

import type { Media, MediaRole } from '../../chat/media.js';
import { present } from './convert-absent.js';
import { convertContactCard } from './convert-contact.js';
import { convertDocument, convertDocumentThumbnail } from './convert-document.js';
import { convertPhoto } from './convert-photo.js';

/** What every message without media has. */
export const NO_MEDIA: readonly Media[] = [];

const NOT_BOUGHT = 'Paid media that this account has not bought.';

/** Everything with bytes that a message carries: the main medium first. */
export function convertMedia(media: Api.TypeMessageMedia): readonly Media[] {
  switch (media.className) {
    case 'MessageMediaDocument':
      return convertMainDocument(media);
    case 'MessageMediaContact':
      return [convertContactCard(media)];
    case 'MessageMediaWebPage':
      return convertWebPageMedia(media.webpage);
    case 'MessageMediaPaidMedia':
      return media.extendedMedia.flatMap(convertPaidMedia);
    case 'MessageMediaInvoice':
      return media.extendedMedia == null ? NO_MEDIA : convertPaidMedia(media.extendedMedia);
    case 'MessageMediaStory':
      return media.story?.className === 'StoryItem' ? convertPlain(media.story.media, 'story') : NO_MEDIA;
    default:
      return convertPlain(media, 'main');
  }
}

/** The picture of a service message. */
export function convertChatPhoto(photo: Api.TypePhoto): Media {
  return convertPhoto(photo, { role: 'chat-photo' });
}

/** Alternative qualities of a video are left out: they are made from the same file by Telegram. */
function convertMainDocument(media: Api.MessageMediaDocument): readonly Media[] {
  const { document, spoiler, ttlSeconds } = media;
  const result = [convertDocument(document, { role: 'main', spoiler, ttlSeconds }, media)];
  const thumbnail = convertDocumentThumbnail(document);
  if (thumbnail !== undefined) {
    result.push(thumbnail);
  }
  if (media.videoCover != null) {
    result.push(convertPhoto(media.videoCover, { role: 'cover' }));
  }
  return result;
}

/** A photo or a document alone, where it is not the message's own. */
function convertPlain(media: Api.TypeMessageMedia, role: MediaRole): readonly Media[] {
  switch (media.className) {
    case 'MessageMediaPhoto':
      return [convertPhoto(media.photo, { role, spoiler: media.spoiler, ttlSeconds: media.ttlSeconds })];
    case 'MessageMediaDocument':
      return [convertDocument(media.document, { role, spoiler: media.spoiler, ttlSeconds: media.ttlSeconds }, media)];
    default:
      return NO_MEDIA;
  }
}

function convertWebPageMedia(page: Api.TypeWebPage): readonly Media[] {
  if (page.className !== 'WebPage') {
    return NO_MEDIA;
  }
  const result: Media[] = [];
  if (page.photo != null) {
    result.push(convertPhoto(page.photo, { role: 'web-page' }));
  }
  if (page.document != null) {
    result.push(convertDocument(page.document, { role: 'web-page' }));
  }
  return result;
}

function convertPaidMedia(media: Api.TypeMessageExtendedMedia): readonly Media[] {
  if (media.className === 'MessageExtendedMedia') {
    return convertPlain(media.media, 'paid');
  }
  return [
    present<Media>({
      kind: media.videoDuration == null ? 'photo' : 'video',
      role: 'paid',
      width: media.w,
      height: media.h,
      durationSeconds: media.videoDuration,
      unavailableReason: NOT_BOUGHT,
    }),
  ];
}
