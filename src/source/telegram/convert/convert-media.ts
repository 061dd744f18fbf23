import type { Api } from 'telegram';

import type { Media, MediaRole } from '../../../chat/media.js';
import { present } from './convert-absent.js';
import { convertContactCard } from './convert-contact.js';
import { convertDocument, convertDocumentThumbnail } from './convert-document.js';
import { convertPhoto, convertPhotoVideo } from './convert-photo.js';

/** The media of every message that has none: one shared array. */
export const NO_MEDIA: readonly Media[] = [];

const NOT_BOUGHT = 'Paid media that this account has not bought.';

/** All files of a message, the main one first. */
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

/** The photo of a service message, followed by its animated version if there is one. */
export function convertChatPhoto(photo: Api.TypePhoto): readonly Media[] {
  const picture = convertPhoto(photo, { role: 'chat-photo' });
  const video = convertPhotoVideo(photo, 'chat-photo');
  return video === undefined ? [picture] : [picture, video];
}

function convertMainDocument(media: Api.MessageMediaDocument): readonly Media[] {
  const { spoiler, ttlSeconds } = media;
  const document = bestQuality(media);
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

/**
 * The document itself, if it exists. Telegram makes the other qualities of a video from it, so they are used only if it
 * is gone; then the one with the most pixels is returned (https://core.telegram.org/constructor/messageMediaDocument,
 * `alt_documents`).
 */
function bestQuality({ document, altDocuments }: Api.MessageMediaDocument): Api.TypeDocument | null | undefined {
  if (document?.className === 'Document') return document;
  let best: Api.Document | undefined;
  for (const other of altDocuments ?? []) {
    // The list also contains the playlists of the streams.
    if (other.className !== 'Document' || !other.mimeType.startsWith('video/')) continue;
    if (best === undefined || isBetter(other, best)) best = other;
  }
  return best ?? document;
}

/** Compares by pixels. The announced size in bytes only decides between equal resolutions. */
function isBetter(one: Api.Document, other: Api.Document): boolean {
  const difference = pixelsOf(one) - pixelsOf(other);
  return difference === 0 ? one.size.greater(other.size) : difference > 0;
}

function pixelsOf({ attributes }: Api.Document): number {
  const video = attributes.find((attribute) => attribute.className === 'DocumentAttributeVideo');
  return video === undefined ? 0 : video.w * video.h;
}

/** A single photo or document, without its thumbnail and cover. */
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
