import type { Api } from 'telegram';

import type { Media, MediaKind } from '../../../chat/media.js';
import { filled, flag, present } from './convert-absent.js';
import { GONE, SELF_DESTRUCTED, type MediaPlace } from './convert-photo.js';
import { announcedSize, largestSize } from './stored-size.js';
import { type TelegramLocation, withLocation } from './telegram-location.js';

/** How a document is displayed. Needed when the document itself is gone. */
export interface DocumentHints {
  readonly video?: boolean | null | undefined;
  readonly round?: boolean | null | undefined;
  readonly voice?: boolean | null | undefined;
}

/**
 * Fields of {@link Media} that come from a document's attributes. If several attributes set a field, the last one
 * applies.
 */
type Attributes = Partial<
  Record<'sticker' | 'round' | 'voice' | 'animated' | 'video' | 'audio', true> &
    Pick<
      Media,
      'fileName' | 'width' | 'height' | 'durationSeconds' | 'performer' | 'title' | 'stickerEmoji' | 'waveform'
    >
>;
type MutableAttributes = { -readonly [K in keyof Attributes]: Attributes[K] };

/**
 * Converts a document. Without one, the result says in `unavailableReason` why there are no bytes.
 *
 * @param document - Absent if it self-destructed.
 */
export function convertDocument(
  document: Api.TypeDocument | null | undefined,
  place: MediaPlace,
  hints: DocumentHints = {},
): Media {
  const { role, ttlSeconds } = place;
  const hasSpoiler = flag(place.spoiler);
  if (document == null || document.className === 'DocumentEmpty') {
    return present<Media>({
      kind: kindOfHints(hints),
      role,
      remoteId: document == null ? undefined : remoteIdOf(document),
      hasSpoiler,
      ttlSeconds,
      unavailableReason: document == null ? SELF_DESTRUCTED : GONE,
    });
  }
  const attributes = readAttributes(document.attributes);
  const media = present<Media>({
    kind: kindOf(attributes),
    role,
    remoteId: remoteIdOf(document),
    sizeBytes: announcedSize(Number(document.size)),
    mimeType: filled(document.mimeType),
    fileName: attributes.fileName,
    width: attributes.width,
    height: attributes.height,
    durationSeconds: attributes.durationSeconds,
    performer: attributes.performer,
    title: attributes.title,
    stickerEmoji: attributes.stickerEmoji,
    hasSpoiler,
    ttlSeconds,
    waveform: attributes.waveform,
  });
  return withLocation(media, documentLocation(document, ''));
}

/** The largest thumbnail that Telegram stores with a document, if there is one that can be fetched. */
export function convertDocumentThumbnail(document: Api.TypeDocument | null | undefined): Media | undefined {
  if (document?.className !== 'Document' || document.thumbs == null) {
    return undefined;
  }
  const size = largestSize(document.thumbs);
  if (size === undefined) {
    return undefined;
  }
  const media = present<Media>({
    kind: 'thumbnail',
    role: 'thumbnail',
    remoteId: `${remoteIdOf(document)}:thumb:${size.type}`,
    sizeBytes: size.sizeBytes,
    // Thumbnails of stickers need transparency: Telegram stores them as WebP, all others as JPEG.
    mimeType: readAttributes(document.attributes).sticker === true ? 'image/webp' : 'image/jpeg',
    width: size.width,
    height: size.height,
  });
  return withLocation(media, documentLocation(document, size.type));
}

function remoteIdOf(document: Api.TypeDocument): string {
  return `document:${document.id.toString()}`;
}

/** Precedence as in Telegram Desktop: GIFs and video stickers also have a video attribute. */
function kindOf(attributes: Attributes): MediaKind {
  if (attributes.sticker) return 'sticker';
  if (attributes.round) return 'round-video';
  if (attributes.voice) return 'voice';
  if (attributes.animated) return 'animation';
  if (attributes.video) return 'video';
  return attributes.audio ? 'audio' : 'document';
}

function kindOfHints({ video, round, voice }: DocumentHints): MediaKind {
  if (round === true) return 'round-video';
  if (voice === true) return 'voice';
  return video === true ? 'video' : 'document';
}

function readAttributes(attributes: readonly Api.TypeDocumentAttribute[]): Attributes {
  const result: MutableAttributes = {};
  for (const attribute of attributes) {
    switch (attribute.className) {
      case 'DocumentAttributeImageSize':
        Object.assign(result, { width: attribute.w, height: attribute.h });
        break;
      case 'DocumentAttributeAnimated':
        result.animated = true;
        break;
      case 'DocumentAttributeSticker':
      case 'DocumentAttributeCustomEmoji':
        Object.assign(result, present<Attributes>({ sticker: true, stickerEmoji: filled(attribute.alt) }));
        break;
      case 'DocumentAttributeVideo':
        result[attribute.roundMessage === true ? 'round' : 'video'] = true;
        Object.assign(result, { width: attribute.w, height: attribute.h, durationSeconds: attribute.duration });
        break;
      case 'DocumentAttributeAudio':
        Object.assign(result, readAudio(attribute));
        break;
      case 'DocumentAttributeFilename':
        Object.assign(result, present<Attributes>({ fileName: filled(attribute.fileName) }));
        break;
      default:
        break;
    }
  }
  return result;
}

function readAudio(attribute: Api.DocumentAttributeAudio): Attributes {
  return present<Attributes>({
    [attribute.voice === true ? 'voice' : 'audio']: true,
    durationSeconds: attribute.duration,
    performer: filled(attribute.performer),
    title: filled(attribute.title),
    waveform: filled(attribute.waveform?.toString('base64')),
  });
}

/** @param thumbSize - Empty for the document itself. */
function documentLocation(document: Api.Document, thumbSize: string): TelegramLocation {
  return {
    kind: 'document',
    id: document.id.toString(),
    accessHash: document.accessHash.toString(),
    fileReference: document.fileReference,
    thumbSize,
    dcId: document.dcId,
  };
}
