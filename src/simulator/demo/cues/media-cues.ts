import { memoryFile } from '../../world/world-file.js';
import type { TlObject } from '../../tl/tl-object.js';
import { rich, styled } from '../rich-text.js';
import { animatedStickerMedia, stickerMedia, videoStickerMedia } from '../sticker-media.js';
import type { Cue, Stage } from '../stage.js';

/** Parts of the story with unusual pictures, videos and audio. */
export const MEDIA_CUES: Readonly<Record<string, Cue>> = {
  sideways(stage) {
    const clip = stage.media.clip('loop-1');
    if (clip !== undefined) stage.say('tomas', '', { media: stage.attach.animation(clip) });
    stage.say('chloe', 'Same, but with feeling', { media: gifMedia(stage) });
    stage.say('sam', '', { media: animatedStickerMedia(stage) });
    const video = videoStickerMedia(stage);
    if (video !== undefined) stage.say('olena', '', { media: video });
  },

  'video-sanding'(stage) {
    const clip = stage.media.clip('bread');
    if (clip === undefined) return;
    const main = stage.attach.video(clip, 'sanding.mov', { spoiler: true });
    // The same video in another quality, and a cover: newer clients send both.
    const other = stage.attach.video(clip, 'sanding-480.mp4');
    stage.say('chloe', 'Dust. So much dust.', {
      media: {
        ...main,
        alt_documents: [other['document']],
        video_cover: stage.attach.tlPhoto(stage.media.picture('table-2')),
      },
    });
  },

  'round-messages'(stage) {
    for (const [person, key] of [
      ['chloe', 'round-1'],
      ['aiko', 'round-2'],
    ] as const) {
      const clip = stage.media.clip(key);
      if (clip !== undefined) stage.say(person, '', { media: stage.attach.round(clip), media_unread: true });
    }
    const voice = stage.media.clip('voice-4');
    if (voice !== undefined) stage.say('jonas', '', { media: stage.attach.voice(voice), media_unread: true });
  },

  'screenshot-of-tides'(stage) {
    stage.say('tomas', 'Tides for tomorrow, from the bot that is not yet a bot', {
      media: stage.attach.photo(stage.media.picture('screen-3')),
      silent: true,
    });
  },

  'photo-as-file'(stage) {
    const picture = stage.media.picture('harbour-9');
    stage.say('yusuf', 'As a file, with everything in it, also where we were', {
      media: stage.attach.file({
        file: memoryFile(picture.jpeg),
        mimeType: 'image/jpeg',
        fileName: 'IMG_20250426_165012.jpg',
        attributes: [{ _: 'documentAttributeImageSize', w: picture.width, h: picture.height }],
        ...(picture.sizes[0] && { thumb: picture.sizes[0] }),
      }),
    });
  },

  'painted-wall'(stage) {
    const wall = stage.media.picture('mountain-4');
    stage.say('priya', 'I painted us onto the wall! Next to the whale, under the Dutch', {
      media: stage.attach.photo(wall),
    });
    stage.say('tomas', 'I am printing this.', { media: stage.attach.photo(wall) });
    stage.say('mira', 'Third time lucky: saved it, lost it, found it', {
      media: stage.attach.photo(wall, { spoiler: true }),
    });
    stage.say('ruth', 'It is the same picture three times', stage.reply(stage.idBack(1)));
    stage.say('mira', 'It is a very good picture', stage.reply(stage.idBack(1)));
  },

  'album-of-the-evening'(stage) {
    const groupedId = BigInt.asUintN(62, stage.random.long());
    const date = stage.date + 3;
    const caption = rich('The evening, ', styled('Spoiler', 'with hats'), ' 🎶');
    const keys = [
      'garden-1',
      'garden-6',
      'table-7',
      'table-8',
      'harbour-1',
      'sail-5',
      'mountain-5',
      'city-2',
      'screen-2',
      'garden-2',
    ];
    for (const [index, key] of keys.entries()) {
      const media = stage.attach.photo(stage.media.picture(key), index === 2 ? { spoiler: true } : {});
      stage.say('yusuf', index === 0 ? caption : '', { media, grouped_id: groupedId, date });
    }
    const documents = BigInt.asUintN(62, stage.random.long());
    for (const [index, name] of ['song.txt', 'song-with-corrections.txt'].entries()) {
      const file = memoryFile(Buffer.from(`Low water waltz, verse ${index + 1}\n`));
      stage.say('olena', index === 1 ? 'The words!' : '', {
        media: stage.attach.file({ file, mimeType: 'text/plain', fileName: name }),
        grouped_id: documents,
        date: date + 120,
      });
    }
  },

  'self-destruct'(stage) {
    stage.say('sam', '', { media: { _: 'messageMediaPhoto', ttl_seconds: 10 } });
    stage.say('sam', '', { media: { _: 'messageMediaDocument', video: true, ttl_seconds: 30 } });
    stage.say('olena', '😂😂😂', { ttl_period: 31_536_000 });
  },

  'paid-media'(stage) {
    const bought = stage.attach.photo(stage.media.picture('sail-6'));
    const clip = stage.media.clip('loop-2');
    stage.say('chloe', 'Postcards for the fuel fund, 25 stars for all', {
      media: {
        _: 'messageMediaPaidMedia',
        stars_amount: 25n,
        extended_media: [
          { _: 'messageExtendedMedia', media: bought },
          ...(clip === undefined
            ? []
            : [{ _: 'messageExtendedMedia', media: stage.attach.video(clip, 'postcard.mp4') }]),
        ],
      },
    });
    stage.say('chloe', 'And this one I have not bought myself', {
      media: {
        _: 'messageMediaPaidMedia',
        stars_amount: 100n,
        extended_media: [{ _: 'messageExtendedMediaPreview', w: 1280, h: 853, video_duration: 12 }],
      },
    });
  },

  stickers(stage) {
    stage.say('nadia', '', { media: stickerMedia(stage, 'anchor') });
    stage.say('tomas', '', { media: animatedStickerMedia(stage) });
  },

  story(stage) {
    stage.say('chloe', 'In case you missed it', {
      media: {
        _: 'messageMediaStory',
        via_mention: true,
        peer: { _: 'peerUser', user_id: 5_100_000_009n },
        id: 7,
      },
    });
    stage.say('ruth', 'I saw it! The gull!', {
      reply_to: { _: 'messageReplyStoryHeader', peer: { _: 'peerUser', user_id: 5_100_000_009n }, story_id: 7 },
    });
    stage.say('chloe', 'Something only the newest clients can show', { media: { _: 'messageMediaUnsupported' } });
  },
};

function gifMedia(stage: Stage): TlObject {
  return stage.attach.file({
    file: memoryFile(stage.media.gif),
    mimeType: 'image/gif',
    fileName: 'sideways.gif',
    attributes: [{ _: 'documentAttributeImageSize', w: 200, h: 200 }, { _: 'documentAttributeAnimated' }],
  });
}
