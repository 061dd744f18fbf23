import type { TlObject } from '../tl/tl-object.js';
import { memoryFile } from '../world/world-file.js';
import type { Stage } from './stage.js';
import type { StickerFace } from './sticker.js';

const EMOJI: Readonly<Record<StickerFace, string>> = { gull: '🕊', fish: '🐟', anchor: '⚓' };

/** The sticker set of the demo. */
export const STICKER_SET: TlObject = { _: 'inputStickerSetID', id: 4_400_000_000_000_001n, access_hash: 77_001n };

/** A static sticker (WebP). */
export function stickerMedia(stage: Stage, face: StickerFace): TlObject {
  return stage.attach.file({
    file: memoryFile(stage.media.webp[face]),
    mimeType: 'image/webp',
    fileName: 'sticker.webp',
    attributes: [{ _: 'documentAttributeImageSize', w: 512, h: 512 }, stickerAttribute(EMOJI[face])],
  });
}

/** An animated sticker (Lottie, gzipped), with a thumbnail. */
export function animatedStickerMedia(stage: Stage): TlObject {
  return stage.attach.file({
    file: memoryFile(stage.media.tgs),
    mimeType: 'application/x-tgsticker',
    fileName: 'AnimatedSticker.tgs',
    attributes: [{ _: 'documentAttributeImageSize', w: 512, h: 512 }, stickerAttribute('🛟')],
    thumb: { type: 'm', width: 128, height: 128, file: memoryFile(stage.media.stickerThumb) },
  });
}

/** A video sticker (VP9, transparent). Undefined if it could not be made. */
export function videoStickerMedia(stage: Stage): TlObject | undefined {
  const clip = stage.media.clip('video-sticker');
  if (clip === undefined) return undefined;
  const { durationSeconds, width, height } = clip;
  return stage.attach.file({
    file: memoryFile(clip.bytes),
    mimeType: clip.mimeType,
    fileName: 'sticker.webm',
    attributes: [
      { _: 'documentAttributeVideo', nosound: true, duration: durationSeconds, w: width, h: height },
      stickerAttribute('🕊'),
    ],
  });
}

/** Adds the document of a custom emoji and returns its id. It is not sent in a message; texts refer to its id. */
export function customEmojiId(stage: Stage): bigint {
  const media = stage.attach.file({
    file: memoryFile(stage.media.webp.anchor),
    mimeType: 'image/webp',
    attributes: [
      { _: 'documentAttributeImageSize', w: 512, h: 512 },
      { _: 'documentAttributeCustomEmoji', free: true, alt: '⚓', stickerset: STICKER_SET },
    ],
  });
  return (media['document'] as TlObject)['id'] as bigint;
}

function stickerAttribute(alt: string): TlObject {
  return { _: 'documentAttributeSticker', alt, stickerset: STICKER_SET };
}
