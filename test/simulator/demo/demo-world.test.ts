import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findFfmpeg, type FfmpegBinaries } from '../../../src/media/ffmpeg/ffmpeg-binaries.js';
import { probeMedia, type MediaProbe } from '../../../src/media/ffmpeg/ffprobe.js';
import { createDemoWorld, type DemoWorld } from '../../../src/simulator/demo/demo-world.js';
import type { ExpectedMedia } from '../../../src/simulator/world/expectation.js';
import type { TlObject, TlValue } from '../../../src/simulator/tl/tl-object.js';
import { sha256OfFile } from '../../../src/simulator/world/world-file.js';
import type { WorldFile, WorldPeer } from '../../../src/simulator/world/world.js';

let demo: DemoWorld;
let binaries: FfmpegBinaries;
let directory: string;
/** Every message of every chat and mailbox. */
let messages: readonly TlObject[];
/** Every TL object in them, at any depth. */
let objects: readonly TlObject[];

beforeAll(async () => {
  const found = await findFfmpeg();
  if (found === undefined) throw new Error('these tests need ffmpeg; npm ci brings one along');
  binaries = found;
  directory = await mkdtemp(join(tmpdir(), 'chatferry-demo-'));
  demo = await createDemoWorld();
  messages = demo.world.accounts.flatMap(({ userId }) =>
    demo.world.dialogs(userId).flatMap((peer) => historyOf(peer, userId)),
  );
  objects = messages.flatMap((message) => [...within(message)]);
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

function historyOf(peer: WorldPeer, userId = demo.account.userId, world = demo.world): TlObject[] {
  const history = world.history(userId, peer);
  return Array.from({ length: history?.length ?? 0 }, (_, index) => history?.at(index)).filter(
    (message) => message !== undefined,
  );
}

function* within(value: TlValue): Generator<TlObject> {
  if (value instanceof Uint8Array || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const item of value as readonly TlValue[]) yield* within(item);
    return;
  }
  yield value as TlObject;
  for (const field of Object.values(value)) yield* within(field);
}

function textOf(message: TlObject): string {
  return (message['message'] as string | undefined) ?? '';
}

function fileOf(medium: ExpectedMedia): WorldFile {
  const sizes = medium.kind === 'photo' ? ['y'] : medium.kind === 'thumbnail' ? ['m'] : [undefined];
  const file = demo.world.file(medium.kind === 'photo' ? 'photo' : 'document', medium.id ?? 0n, sizes[0]);
  if (file === undefined) throw new Error(`no file for ${medium.kind} of message ${medium.messageId}`);
  return file;
}

function bytesOf(medium: ExpectedMedia): Uint8Array {
  const file = fileOf(medium);
  return file.read(0, file.sizeBytes);
}

function mainMedia(kind: ExpectedMedia['kind'], mimeType?: string): ExpectedMedia[] {
  const media = demo.expectations().flatMap((chat) => chat.media);
  return media.filter((one) => one.kind === kind && (mimeType === undefined || one.mimeType === mimeType));
}

async function probe(medium: ExpectedMedia): Promise<MediaProbe> {
  const path = join(directory, `${medium.id ?? 0n}`);
  await writeFile(path, bytesOf(medium));
  return probeMedia(binaries, path);
}

function attributeOf(medium: ExpectedMedia, name: string): TlObject | undefined {
  const attributes = demo.world.object('document', medium.id ?? 0n)?.['attributes'] as readonly TlObject[];
  return attributes.find(({ _ }) => _ === `documentAttribute${name}`);
}

describe('the demo world, as a whole', () => {
  it('has ascending ids and dates in every chat', () => {
    for (const { userId } of demo.world.accounts) {
      for (const peer of demo.world.dialogs(userId)) {
        const list = historyOf(peer, userId);
        for (const [index, message] of list.entries()) {
          const before = list[index - 1];
          if (before === undefined) continue;
          expect(message['id'], peer).toBeGreaterThan(before['id'] as number);
          expect(message['date'], `${peer} ${message['id'] as number}`).toBeGreaterThanOrEqual(
            before['date'] as number,
          );
        }
      }
    }
  });

  it('contains all people and chats that its messages refer to', () => {
    for (const found of objects) {
      if (found._ === 'peerUser') expect(demo.world.users.has(found['user_id'] as bigint)).toBe(true);
      if (found._ === 'peerChat') expect(demo.world.chats.has(`chat:${found['chat_id'] as bigint}`)).toBe(true);
      if (found._ === 'peerChannel')
        expect(demo.world.chats.has(`channel:${found['channel_id'] as bigint}`)).toBe(true);
    }
  });

  it('has a file of the announced size behind every photo and document', () => {
    const media = objects.filter(({ _ }) => _ === 'photo' || _ === 'document');
    expect(media.length).toBeGreaterThan(120);
    for (const object of media) {
      const kind = object._ as 'photo' | 'document';
      const id = object['id'] as bigint;
      expect(demo.world.object(kind, id)).toBe(object);
      if (kind === 'document') expect(demo.world.file(kind, id)?.sizeBytes).toBe(Number(object['size']));
      for (const size of (object['sizes'] ?? object['thumbs'] ?? []) as readonly TlObject[]) {
        const announced = size['size'] ?? (size['sizes'] as readonly number[]).at(-1);
        expect(demo.world.file(kind, id, size['type'] as string)?.sizeBytes).toBe(announced);
      }
    }
  });

  it('has all kinds of chats, including the special cases', () => {
    const { world, account } = demo;
    const peers = world.dialogs(account.userId);
    const chats = peers.map((peer) => world.chats.get(peer)).filter((chat) => chat !== undefined);
    const users = peers
      .filter((peer) => peer.startsWith('user:'))
      .map((peer) => world.users.get(BigInt(peer.slice(5))));
    for (const flag of ['self', 'bot', 'deleted', 'contact'])
      expect(
        users.some((user) => user?.[flag] === true),
        flag,
      ).toBe(true);
    for (const flag of ['megagroup', 'broadcast', 'forum', 'deactivated']) {
      expect(
        chats.some((chat) => chat[flag] === true),
        flag,
      ).toBe(true);
    }
    expect(chats.some(({ _ }) => _ === 'channelForbidden')).toBe(true);
    expect(peers.filter((peer) => historyOf(peer).length === 0).length).toBeGreaterThanOrEqual(3);
    const migrated = [...world.fullChats.values()].find((full) => full['migrated_from_chat_id'] !== undefined);
    const old: WorldPeer = `chat:${migrated?.['migrated_from_chat_id'] as bigint}`;
    expect(historyOf(old).at(-1)?.['id']).toBe(migrated?.['migrated_from_max_id']);
    expect(peers.flatMap((peer) => world.topics(peer)).length).toBeGreaterThanOrEqual(4);
  });

  it('gives every topic a first message, and a last one', () => {
    for (const peer of demo.world.dialogs(demo.account.userId)) {
      const ids = new Set(historyOf(peer).map((message) => message['id']));
      for (const topic of demo.world.topics(peer)) {
        expect(ids.has(topic['id'] as number)).toBe(true);
        expect(ids.has(topic['top_message'] as number)).toBe(true);
      }
    }
  });
});

describe('the main chat', () => {
  it('is lively: hundreds of messages over months, with gaps in the ids', () => {
    const list = historyOf(demo.mainChat);
    expect(list.length).toBeGreaterThanOrEqual(400);
    expect(list.length).toBeLessThanOrEqual(700);
    expect(demo.world.chats.get(demo.mainChat)?.['username']).toBe('harbour_crew');
    const days = (Number(list.at(-1)?.['date']) - Number(list[0]?.['date'])) / 86_400;
    expect(days).toBeGreaterThan(90);
    expect(list.at(-1)?.['id']).toBeGreaterThan(list.length);
  });

  it('has media of every kind', () => {
    const kinds = demo
      .expectations()
      .find(({ peer }) => peer === demo.mainChat)
      ?.media.map(({ kind }) => kind);
    const all = ['photo', 'video', 'round-video', 'voice', 'audio', 'animation', 'sticker', 'document', 'thumbnail', 'contact-card']; // prettier-ignore
    for (const kind of all) expect(kinds, kind).toContain(kind);
  });

  it('has the same picture three times under different ids', () => {
    const photos = mainMedia('photo');
    const idsOf = (hash: string): Set<bigint | undefined> =>
      new Set(photos.filter(({ sha256 }) => sha256 === hash).map(({ id }) => id));
    const most = Math.max(...photos.map(({ sha256 }) => idsOf(sha256).size));
    expect(most).toBeGreaterThanOrEqual(3);
  });

  it('has an empty file, one of 25 MB, and dangerous file names', () => {
    const documents = mainMedia('document');
    const names = documents.map(({ fileName }) => fileName ?? '');
    expect(documents.some(({ sizeBytes }) => sizeBytes === 0)).toBe(true);
    expect(documents.some(({ sizeBytes }) => sizeBytes === 25 * 1024 * 1024)).toBe(true);
    for (const name of ['CON.txt', '../x', 'Readme.txt', 'README.TXT', '']) expect(names).toContain(name);
    expect(names.some((name) => name.includes('\u202e'))).toBe(true);
    expect(names.some((name) => name.length >= 300)).toBe(true);
    expect(names.some((name) => /\p{Extended_Pictographic}/u.test(name))).toBe(true);
    const twins = names.filter((name) => name.normalize('NFC') === 'Café.txt');
    expect(new Set(twins).size).toBe(2);
  });

  it('has files on both data centres', () => {
    const dcIds = objects.filter(({ _ }) => _ === 'photo' || _ === 'document').map((media) => media['dc_id']);
    expect(dcIds).toContain(2);
    expect(dcIds).toContain(4);
  });

  it('has texts in many scripts, of the maximum length, and with problematic characters', () => {
    const texts = historyOf(demo.mainChat).map((message) => textOf(message));
    for (const script of ['Cyrillic', 'Arabic', 'Hebrew', 'Han', 'Hiragana', 'Tamil', 'Devanagari']) {
      expect(
        texts.some((text) => new RegExp(`\\p{Script=${script}}`, 'u').test(text)),
        script,
      ).toBe(true);
    }
    for (const part of ['\u2028', '\u0007', '\u200d', '\u202e', '</script>']) {
      expect(
        texts.some((text) => text.includes(part)),
        JSON.stringify(part),
      ).toBe(true);
    }
    expect(Math.max(...texts.map((text) => text.length))).toBe(4096);
  });
});

/** Constructors by the end of their names, as the schema has them. */
const ENTITIES = 'Unknown Mention Hashtag BotCommand Url Email Bold Italic Code Pre TextUrl MentionName Phone Cashtag Underline Strike BankCard Spoiler CustomEmoji Blockquote'; // prettier-ignore
const MEDIA = 'Photo Document Geo Contact Unsupported WebPage Venue Game Invoice GeoLive Poll Dice Story Giveaway GiveawayResults PaidMedia'; // prettier-ignore
const ACTIONS =
  'Empty ChatCreate ChatEditTitle ChatEditPhoto ChatDeletePhoto ChatAddUser ChatDeleteUser ChatJoinedByLink ChannelCreate ChatMigrateTo ChannelMigrateFrom PinMessage HistoryClear GameScore PaymentSentMe PaymentSent PhoneCall ScreenshotTaken CustomAction BotAllowed SecureValuesSent ContactSignUp GeoProximityReached GroupCall InviteToGroupCall SetMessagesTTL GroupCallScheduled SetChatTheme ChatJoinedByRequest WebViewDataSentMe WebViewDataSent GiftPremium TopicCreate TopicEdit SuggestProfilePhoto RequestedPeer SetChatWallPaper GiftCode GiveawayLaunch GiveawayResults BoostApply RequestedPeerSentMe PaymentRefunded GiftStars PrizeStars StarGift'; // prettier-ignore
const BUTTONS = ' Url Callback RequestPhone RequestGeoLocation SwitchInline Game Buy UrlAuth RequestPoll UserProfile WebView SimpleWebView RequestPeer Copy'; // prettier-ignore
const REACTIONS = 'reactionEmoji reactionCustomEmoji reactionPaid';
const SIZES = 'photoSize photoSizeProgressive';

describe('every kind is there', () => {
  it.each([
    ['entity', 'messageEntity', ENTITIES],
    ['content', 'messageMedia', MEDIA],
    ['service message', 'messageAction', ACTIONS],
    ['button', 'keyboardButton', BUTTONS],
    ['reaction', '', REACTIONS],
    ['picture size', '', SIZES],
  ])('of %s', (_what, prefix, names) => {
    const present = new Set(objects.map((object) => object._));
    const absent = names.split(' ').filter((name) => !present.has(prefix + name));
    expect(absent).toEqual([]);
  });

  it('of entity lies inside its text', () => {
    for (const message of messages) {
      const length = textOf(message).length;
      for (const entity of (message['entities'] ?? []) as readonly TlObject[]) {
        expect(Number(entity['offset']) + Number(entity['length'])).toBeLessThanOrEqual(length);
        expect(Number(entity['length'])).toBeGreaterThan(0);
      }
    }
  });

  it('of field that an export has to carry', () => {
    const fields = 'reply_to fwd_from via_bot_id edit_date grouped_id reactions views forwards replies post_author reply_markup pinned silent ttl_period mentioned out post saved_peer_id'; // prettier-ignore
    for (const field of fields.split(' ')) {
      expect(
        messages.some((message) => message[field] !== undefined),
        field,
      ).toBe(true);
    }
    const replies = objects.filter(({ _ }) => _ === 'messageReplyHeader');
    for (const field of ['quote_text', 'reply_to_peer_id', 'reply_to_top_id', 'forum_topic']) {
      expect(
        replies.some((reply) => reply[field] !== undefined),
        field,
      ).toBe(true);
    }
    const forwards = objects.filter(({ _ }) => _ === 'messageFwdHeader');
    for (const field of ['from_name', 'channel_post', 'saved_from_peer']) {
      expect(
        forwards.some((forward) => forward[field] !== undefined),
        field,
      ).toBe(true);
    }
    expect(
      objects.some(({ _, ttl_seconds: ttl, photo }) => _ === 'messageMediaPhoto' && ttl !== undefined && !photo),
    ).toBe(true);
  });
});

describe('the media decode', () => {
  it('photos, with a camera and a place in their EXIF', async () => {
    for (const medium of mainMedia('photo').slice(0, 12)) {
      const { format, width, height, exif } = await sharp(bytesOf(medium)).metadata();
      const sizes = demo.world.object('photo', medium.id ?? 0n)?.['sizes'] as readonly TlObject[];
      expect({ format, w: width, h: height }).toMatchObject({
        format: 'jpeg',
        w: sizes.at(-1)?.['w'],
        h: sizes.at(-1)?.['h'],
      });
      expect(exif?.includes('Halyard')).toBe(true);
    }
  });

  it('videos are H.264 of the announced size and length', async () => {
    for (const medium of [...mainMedia('video'), ...mainMedia('round-video'), ...mainMedia('animation', 'video/mp4')]) {
      const { streams, durationSeconds } = await probe(medium);
      const video = attributeOf(medium, 'Video');
      const moving = streams.find((stream) => stream.codec_type === 'video');
      expect(moving).toMatchObject({ codec_name: 'h264', width: video?.['w'], height: video?.['h'] });
      expect(durationSeconds).toBeCloseTo(Number(video?.['duration']), 0);
      if (medium.kind === 'animation') expect(streams).toHaveLength(1);
    }
  });

  it('voice notes are Opus, with a waveform that is not flat', async () => {
    for (const medium of mainMedia('voice')) {
      const { streams, durationSeconds } = await probe(medium);
      expect(streams).toMatchObject([{ codec_name: 'opus' }]);
      const audio = attributeOf(medium, 'Audio');
      expect(durationSeconds).toBeCloseTo(Number(audio?.['duration']), 0);
      expect(new Set(audio?.['waveform'] as Uint8Array).size).toBeGreaterThan(5);
    }
  });

  it('songs are MP3 with tags and a cover', async () => {
    for (const medium of mainMedia('audio')) {
      const { streams, tags } = await probe(medium);
      expect(streams.map((stream) => stream.codec_name)).toEqual(['mp3', 'mjpeg']);
      expect(tags['title']).toBe(attributeOf(medium, 'Audio')?.['title']);
      expect(tags['artist']).toBe(attributeOf(medium, 'Audio')?.['performer']);
    }
  });

  it('stickers are WebP, Lottie and VP9; the GIF moves', async () => {
    const webp = mainMedia('sticker', 'image/webp')[0];
    const tgs = mainMedia('sticker', 'application/x-tgsticker')[0];
    const webm = mainMedia('sticker', 'video/webm')[0];
    const gif = mainMedia('animation', 'image/gif')[0];
    if (!webp || !tgs || !webm || !gif) throw new Error('a kind of sticker is missing');
    expect(await sharp(bytesOf(webp)).metadata()).toMatchObject({ format: 'webp', width: 512, hasAlpha: true });
    expect(JSON.parse(gunzipSync(bytesOf(tgs)).toString())).toMatchObject({ w: 512, h: 512, fr: 60 });
    expect((await probe(webm)).streams).toMatchObject([{ codec_name: 'vp9', width: 512, height: 512 }]);
    expect(await sharp(bytesOf(gif)).metadata()).toMatchObject({ format: 'gif', pages: 12 });
  });
});

describe('the oracle', () => {
  it('lists each message once, with the hashes of the served files', () => {
    for (const { peer, messageIds, media } of demo.expectations()) {
      expect(messageIds).toEqual(historyOf(peer).map((message) => message['id']));
      for (const medium of media.filter(({ kind }) => kind !== 'contact-card').slice(0, 20)) {
        const hash = createHash('sha256').update(bytesOf(medium)).digest('hex');
        expect(medium).toMatchObject({ sha256: hash, sizeBytes: fileOf(medium).sizeBytes });
      }
    }
  });
});

describe('a demo world without ffmpeg', () => {
  it('is smaller, says so, and is the same each time', async () => {
    const [one, two] = await Promise.all(
      [3, 3].map((seed) => createDemoWorld({ seed, withoutFfmpeg: true, smaller: true })),
    );
    if (!one || !two) throw new Error('unreachable');
    expect(one.hasFfmpeg).toBe(false);
    expect(one.notes.join(' ')).toMatch(/no ffmpeg.*FFMPEG_PATH/);
    expect(one.expectations()).toEqual(two.expectations());
    expect(historyOf(one.mainChat, undefined, one.world)).toEqual(historyOf(two.mainChat, undefined, two.world));
    const kinds = new Set(one.expectations().flatMap(({ media }) => media.map(({ kind }) => kind)));
    expect(kinds.has('voice')).toBe(false);
    expect(kinds.has('photo')).toBe(true);
    const picture = one
      .expectations()
      .flatMap(({ media }) => media)
      .find(({ kind }) => kind === 'photo');
    expect(sha256OfFile(one.world.file('photo', picture?.id ?? 0n, 'y') as WorldFile)).toBe(picture?.sha256);
  });
});
