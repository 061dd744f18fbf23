import bigInt from 'big-integer';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { carriesMedia } from '../../../../src/chat/message.js';
import type { Media } from '../../../../src/chat/media.js';
import { locationOf, type TelegramLocation } from '../../../../src/source/telegram/convert/telegram-location.js';
import { convertMedia } from '../../../../src/source/telegram/convert/convert-media.js';
import { convert, message, overTheWire, service, user } from './convert-samples.js';

const ID = '6789012345678901234';
const REFERENCE = Buffer.from('reference');

const photoOf = (...sizes: Api.TypePhotoSize[]): Api.Photo =>
  new Api.Photo({
    id: bigInt(ID),
    accessHash: bigInt('-1234567890123456789'),
    fileReference: REFERENCE,
    date: 1,
    sizes,
    dcId: 4,
  });

const documentOf = (
  attributes: Api.TypeDocumentAttribute[],
  fields: Partial<ConstructorParameters<typeof Api.Document>[0]> = {},
): Api.Document =>
  new Api.Document({
    id: bigInt(ID),
    accessHash: bigInt(5),
    fileReference: REFERENCE,
    date: 1,
    mimeType: 'video/mp4',
    size: bigInt(5_000_000_000),
    dcId: 2,
    attributes,
    ...fields,
  });

const size = (type: string, bytes: number): Api.PhotoSize => new Api.PhotoSize({ type, w: 320, h: 200, size: bytes });
const stripped = new Api.PhotoStrippedSize({ type: 'i', bytes: Buffer.alloc(50_000) });
const outline = new Api.PhotoPathSize({ type: 'j', bytes: Buffer.alloc(50_000) });
const photo = photoOf(size('x', 9000));
const video = new Api.DocumentAttributeVideo({ duration: 12.5, w: 640, h: 360 });
const audio = new Api.DocumentAttributeAudio({ duration: 9, title: 'Song', performer: 'Band' });
const voice = new Api.DocumentAttributeAudio({ duration: 3, voice: true, waveform: Buffer.from([251, 255, 190, 1]) });
const sticker = new Api.DocumentAttributeSticker({ alt: '🔥', stickerset: new Api.InputStickerSetEmpty() });
const animated = new Api.DocumentAttributeAnimated();
const named = (fileName: string): Api.DocumentAttributeFilename => new Api.DocumentAttributeFilename({ fileName });

const documentMedia = (document: Api.TypeDocument): readonly Media[] =>
  convertMedia(new Api.MessageMediaDocument({ document }));

/** A medium as an archive keeps it. */
function stored(media: Media): unknown {
  return JSON.parse(JSON.stringify(media));
}

function placeOf(media: Media | undefined): TelegramLocation | undefined {
  return media && locationOf(media);
}

describe('a photo', () => {
  it('is taken in its largest size, with all that is needed to fetch it', () => {
    const largest = new Api.PhotoSizeProgressive({ type: 'y', w: 1280, h: 800, sizes: [1000, 20_000, 90_000] });
    const sizes = [stripped, size('m', 4000), largest, size('x', 50_000), outline];
    const converted = convertMedia(new Api.MessageMediaPhoto({ photo: photoOf(...sizes), spoiler: true }));
    expect(converted.map(stored)).toStrictEqual([
      {
        kind: 'photo',
        role: 'main',
        remoteId: `photo:${ID}`,
        sizeBytes: 90_000,
        mimeType: 'image/jpeg',
        width: 1280,
        height: 800,
        hasSpoiler: true,
      },
    ]);
    expect(converted.map(locationOf)).toStrictEqual([
      {
        kind: 'photo',
        id: ID,
        accessHash: '-1234567890123456789',
        fileReference: REFERENCE,
        thumbSize: 'y',
        dcId: 4,
      },
    ]);
  });

  it('falls back to a cached size, but never to a stripped preview', () => {
    const cached = new Api.PhotoCachedSize({ type: 's', w: 90, h: 60, bytes: Buffer.alloc(700) });
    const [kept] = convertMedia(new Api.MessageMediaPhoto({ photo: photoOf(stripped, cached, outline) }));
    expect(kept).toMatchObject({ sizeBytes: 700 });
    expect(placeOf(kept)).toMatchObject({ thumbSize: 's' });

    const small = size('m', 300);
    const [real] = convertMedia(new Api.MessageMediaPhoto({ photo: photoOf(cached, small) }));
    expect(real).toMatchObject({ sizeBytes: 300 });
    expect(placeOf(real)).toMatchObject({ thumbSize: 'm' });

    const [lost] = convertMedia(new Api.MessageMediaPhoto({ photo: photoOf(stripped, outline) }));
    expect(placeOf(lost)).toBeUndefined();
    expect(lost?.unavailableReason).toMatch(/no longer/);
  });

  it('is still listed after it self-destructed, with the reason why it is unavailable', () => {
    const raw = overTheWire(message({ media: new Api.MessageMediaPhoto({ ttlSeconds: 15 }) }));
    const { media } = convert(raw);
    expect(media).toMatchObject([{ kind: 'photo', role: 'main', ttlSeconds: 15 }]);
    expect(media[0]?.unavailableReason).toMatch(/destroyed itself/);
    expect(placeOf(media[0])).toBeUndefined();
  });

  it('is still listed if Telegram no longer has it', () => {
    const [lost] = convertMedia(new Api.MessageMediaPhoto({ photo: new Api.PhotoEmpty({ id: bigInt(8) }) }));
    expect(lost).toMatchObject({ remoteId: 'photo:8', unavailableReason: 'Telegram no longer has it.' });
  });
});

describe('a document', () => {
  const cases: [Media['kind'], Api.TypeDocumentAttribute[]][] = [
    ['document', [named('a.zip')]],
    ['document', [new Api.DocumentAttributeImageSize({ w: 5, h: 6 }), new Api.DocumentAttributeHasStickers()]],
    ['audio', [audio]],
    ['video', [video]],
    ['video', [audio, video]],
    ['animation', [video, animated]],
    ['animation', [new Api.DocumentAttributeImageSize({ w: 5, h: 6 }), animated]],
    ['voice', [voice]],
    ['round-video', [new Api.DocumentAttributeVideo({ duration: 2, w: 240, h: 240, roundMessage: true }), animated]],
    ['sticker', [sticker]],
    ['sticker', [video, animated, sticker]],
    ['sticker', [new Api.DocumentAttributeCustomEmoji({ alt: '🔥', stickerset: new Api.InputStickerSetEmpty() })]],
  ];

  it.each(cases)('is of the kind %s by its attributes (%#)', (kind, attributes) => {
    expect(documentMedia(documentOf(attributes))[0]?.kind).toBe(kind);
  });

  it('keeps size, name, format and location', () => {
    const converted = documentMedia(documentOf([video, named('../holiday.mp4')]));
    expect(converted.map(stored)).toStrictEqual([
      {
        kind: 'video',
        role: 'main',
        remoteId: `document:${ID}`,
        sizeBytes: 5_000_000_000,
        mimeType: 'video/mp4',
        fileName: '../holiday.mp4',
        width: 640,
        height: 360,
        durationSeconds: 12.5,
      },
    ]);
    expect(converted.map(locationOf)).toStrictEqual([
      { kind: 'document', id: ID, accessHash: '5', fileReference: REFERENCE, thumbSize: '', dcId: 2 },
    ]);
  });

  it('keeps the attributes of audio and stickers', () => {
    expect(documentMedia(documentOf([audio]))[0]).toMatchObject({
      durationSeconds: 9,
      title: 'Song',
      performer: 'Band',
    });
    expect(documentMedia(documentOf([voice]))[0]).toMatchObject({ durationSeconds: 3, waveform: '+/++AQ==' });
    expect(documentMedia(documentOf([sticker]))[0]).toMatchObject({ stickerEmoji: '🔥' });
  });

  it.each([0, -1])('has no announced size if Telegram sends %i: that is how it says that it does not know', (bytes) => {
    expect(documentMedia(documentOf([], { size: bigInt(bytes) }))[0]).not.toHaveProperty('sizeBytes');
  });

  it('has its largest thumbnail as a separate file', () => {
    const thumbs = [stripped, size('s', 500), size('m', 2500)];
    const thumbnail = documentMedia(documentOf([video], { thumbs }))[1];
    expect(thumbnail && stored(thumbnail)).toStrictEqual({
      kind: 'thumbnail',
      role: 'thumbnail',
      remoteId: `document:${ID}:thumb:m`,
      sizeBytes: 2500,
      mimeType: 'image/jpeg',
      width: 320,
      height: 200,
    });
    expect(placeOf(thumbnail)).toStrictEqual({
      kind: 'document',
      id: ID,
      accessHash: '5',
      fileReference: REFERENCE,
      thumbSize: 'm',
      dcId: 2,
    });
    expect(documentMedia(documentOf([sticker], { thumbs }))[1]?.mimeType).toBe('image/webp');
    expect(documentMedia(documentOf([video], { thumbs: [stripped, outline] }))).toHaveLength(1);
  });

  it('omits alternative qualities and includes the cover', () => {
    const media = convertMedia(
      new Api.MessageMediaDocument({
        document: documentOf([video]),
        altDocuments: [documentOf([video], { id: bigInt(1) })],
        videoCover: photo,
      }),
    );
    expect(media.map(({ kind, role }) => [kind, role])).toEqual([
      ['video', 'main'],
      ['photo', 'cover'],
    ]);
  });

  it.each([
    ['was emptied', new Api.DocumentEmpty({ id: bigInt(9) })],
    ['is not there', undefined],
  ])('is replaced by its best other quality if the document itself %s', (_, document) => {
    const quality = (id: number, mimeType: string, sizeBytes: number): Api.Document =>
      documentOf([video], { id: bigInt(id), mimeType, size: bigInt(sizeBytes) });
    const media = convertMedia(
      new Api.MessageMediaDocument({
        ...(document && { document }),
        altDocuments: [
          quality(1, 'video/mp4', 3_000_000_000),
          quality(2, 'video/mp4', 4_000_000_000),
          quality(3, 'video/mp4', 70),
          quality(4, 'application/x-mpegurl', 5_000_000_000),
          new Api.DocumentEmpty({ id: bigInt(5) }),
        ],
      }),
    );
    expect(media).toMatchObject([{ kind: 'video', role: 'main', remoteId: 'document:2', sizeBytes: 4_000_000_000 }]);
  });

  it.each([
    ['voice', { voice: true }],
    ['round-video', { round: true }],
    ['video', { video: true }],
    ['document', {}],
  ])('is still listed as %s after it self-destructed', (kind, hints) => {
    const media = convertMedia(new Api.MessageMediaDocument({ ttlSeconds: 30, ...hints }));
    expect(media).toMatchObject([{ kind, ttlSeconds: 30 }]);
    expect(media[0]?.unavailableReason).toMatch(/destroyed itself/);
  });
});

describe('media of other messages', () => {
  const page = (fields: object): Api.WebPage =>
    new Api.WebPage({ id: bigInt(1), url: 'https://a.example', displayUrl: 'a.example', hash: 0, ...fields });

  it('are the picture and the file of a web page', () => {
    const webpage = page({ photo, document: documentOf([video]) });
    const media = convertMedia(new Api.MessageMediaWebPage({ webpage }));
    expect(media.map(({ kind, role }) => [kind, role])).toEqual([
      ['photo', 'web-page'],
      ['video', 'web-page'],
    ]);
    expect(convertMedia(new Api.MessageMediaWebPage({ webpage: page({}) }))).toEqual([]);
  });

  it('are the bought ones; the others say that they were not bought', () => {
    const bought = new Api.MessageExtendedMedia({ media: new Api.MessageMediaPhoto({ photo }) });
    const preview = new Api.MessageExtendedMediaPreview({ w: 10, h: 20, videoDuration: 5 });
    const paid = new Api.MessageMediaPaidMedia({ starsAmount: bigInt(5), extendedMedia: [bought, preview] });
    const [first, second] = convertMedia(paid);
    expect(first).toMatchObject({ kind: 'photo', role: 'paid' });
    expect(placeOf(first)).toMatchObject({ kind: 'photo' });
    expect(second).toStrictEqual({
      kind: 'video',
      role: 'paid',
      width: 10,
      height: 20,
      durationSeconds: 5,
      unavailableReason: 'Paid media that this account has not bought.',
    });
  });

  it('are those of a story, while it is available', () => {
    const story = new Api.StoryItem({ id: 3, date: 1, expireDate: 2, media: new Api.MessageMediaPhoto({ photo }) });
    const shared = (item?: Api.TypeStoryItem): readonly Media[] =>
      convertMedia(new Api.MessageMediaStory({ peer: user(4), id: 3, ...(item && { story: item }) }));
    expect(shared(story)).toMatchObject([{ kind: 'photo', role: 'story' }]);
    expect(shared(new Api.StoryItemDeleted({ id: 3 }))).toEqual([]);
    expect(shared()).toEqual([]);
  });

  it('are the new photos of service messages', () => {
    for (const action of [
      new Api.MessageActionChatEditPhoto({ photo }),
      new Api.MessageActionSuggestProfilePhoto({ photo }),
    ]) {
      expect(convert(service(action)).media).toMatchObject([{ kind: 'photo', role: 'chat-photo', sizeBytes: 9000 }]);
    }
  });

  it('are none for a text message, so that it needs no permit', () => {
    expect(carriesMedia(convert(message({ message: 'Hello' })))).toBe(false);
    expect(carriesMedia(convert(message({ media: new Api.MessageMediaPhoto({ photo }) })))).toBe(true);
  });
});
