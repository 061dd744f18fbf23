import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Media, MediaRole } from '../../../../src/chat/media.js';
import type { Message } from '../../../../src/chat/message.js';
import type { TlObject } from '../../../../src/simulator/tl/tl-object.js';
import type { WorldBuilder } from '../../../../src/simulator/world/world-builder.js';
import type { WorldPeer } from '../../../../src/simulator/world/world.js';
import { locationOf, withLocation } from '../../../../src/source/telegram/convert/telegram-location.js';
import type { LiveSource } from '../../../../src/source/live-source.js';
import {
  addGroup,
  collect,
  emptyWorld,
  fileOf,
  ME,
  neverAborted,
  postDocument,
  sha256,
  SimulatedTelegram,
} from '../simulated-telegram.js';

const FRIEND = 1002n;
const signal = neverAborted();

let world: WorldBuilder;
let telegram: SimulatedTelegram;
let source: LiveSource;
let group: WorldPeer;
/** By SHA-256: all files of the world. */
let contents: Set<string>;

beforeEach(async () => {
  world = emptyWorld();
  world.addUser(FRIEND, { first_name: 'Bo', username: 'bo_friend' });
  group = addGroup(world, 1);
  contents = new Set();
  telegram = await SimulatedTelegram.start(world);
  source = await telegram.openSource();
});

afterEach(() => telegram[Symbol.asyncDispose]());

function content(sizeBytes = 700): ReturnType<typeof fileOf> {
  const bytes = randomBytes(sizeBytes);
  contents.add(sha256(bytes));
  return fileOf(bytes);
}

/** With two sizes, of which the larger one counts. */
function photo(): TlObject {
  const preview = { type: 'm', width: 32, height: 20, file: fileOf(randomBytes(90)) };
  return world.addPhoto({ sizes: [preview, { type: 'y', width: 128, height: 80, file: content() }] });
}

function document(): TlObject {
  return world.addDocument({ file: content(), mimeType: 'video/mp4', attributes: [] });
}

function withThumbnail(): TlObject {
  const thumbs = [{ type: 'm', width: 32, height: 20, file: content() }];
  return world.addDocument({ file: content(), mimeType: 'video/mp4', attributes: [], thumbs });
}

const inPhoto = (): TlObject => ({ _: 'messageMediaPhoto', photo: photo() });
const inDocument = (): TlObject => ({ _: 'messageMediaDocument', document: document() });
const friend: TlObject = { _: 'peerUser', user_id: FRIEND };

interface Kind {
  readonly name: string;
  readonly media: () => TlObject;
  readonly roles: readonly MediaRole[];
}

const KINDS: readonly Kind[] = [
  { name: 'a photo', media: inPhoto, roles: ['main'] },
  {
    name: 'a video with its preview and its cover',
    media: () => ({ _: 'messageMediaDocument', document: withThumbnail(), video_cover: photo() }),
    roles: ['main', 'thumbnail', 'cover'],
  },
  {
    name: 'the photo and the video of a web page',
    media: () => ({
      _: 'messageMediaWebPage',
      webpage: {
        _: 'webPage',
        id: 5n,
        url: 'https://example.org/',
        display_url: '',
        photo: photo(),
        document: document(),
      },
    }),
    roles: ['web-page', 'web-page'],
  },
  {
    name: 'paid media of several files',
    media: () => ({
      _: 'messageMediaPaidMedia',
      stars_amount: 5n,
      extended_media: [inPhoto(), inDocument()].map((media) => ({ _: 'messageExtendedMedia', media })),
    }),
    roles: ['paid', 'paid'],
  },
  {
    name: 'the paid media of an invoice',
    media: () => ({
      _: 'messageMediaInvoice',
      title: 'Chart',
      description: '',
      currency: 'EUR',
      total_amount: 5n,
      start_param: '',
      extended_media: { _: 'messageExtendedMedia', media: inPhoto() },
    }),
    roles: ['paid'],
  },
  {
    name: 'a story that the message brings along',
    media: () => ({
      _: 'messageMediaStory',
      peer: friend,
      id: 7,
      story: { _: 'storyItem', id: 7, date: 1, expire_date: 2, media: inDocument() },
    }),
    roles: ['story'],
  },
];

/** Of the only file of a story. */
function storyHash(owner: WorldPeer, id: number): string {
  const { media } = world.story(owner, id) as unknown as { media: { document: { id: bigint } } };
  const file = world.file('document', media.document.id);
  if (file === undefined) throw new Error('the story has no file');
  return sha256(file.read(0, file.sizeBytes));
}

async function mediaOf(reference: string, ids: readonly number[]): Promise<readonly [Message, Media][]> {
  const chat = await source.resolveChat(reference, signal);
  const messages = await collect(source.messages(chat, ids, signal));
  return messages.flatMap((message) => message.media.map((media): [Message, Media] => [message, media]));
}

/** Fetches everything after its references went stale. @returns hashes of the files. */
async function fetchStale(media: readonly (readonly [Message, Media])[]): Promise<readonly string[]> {
  telegram.simulator.expireFileReferences();
  const files = await Promise.all(
    media.map(([message, medium], index) =>
      source.download(message, medium, { path: join(telegram.folder, String(index)), signal }),
    ),
  );
  return files.map((file) => file.sha256);
}

describe('an expired reference', () => {
  it.each(KINDS)('to $name is renewed', async ({ media, roles }) => {
    const id = world.post(group, { message: '', from_id: friend, media: media() });
    const found = await mediaOf('@harbour_crew', [id]);
    expect(found.map(([, { role }]) => role)).toEqual(roles);
    expect(new Set(await fetchStale(found))).toEqual(contents);
  });

  it.each([
    ['a new chat photo', 'messageActionChatEditPhoto'],
    ['a suggested profile photo', 'messageActionSuggestProfilePhoto'],
  ])('to %s in a service message is renewed', async (_, action) => {
    const id = world.postService(group, { _: action, photo: photo() });
    const found = await mediaOf('@harbour_crew', [id]);
    expect(found.map(([, { role }]) => role)).toEqual(['chat-photo']);
    expect(new Set(await fetchStale(found))).toEqual(contents);
  });

  it('to an animated chat photo is renewed, for the picture and for the best of its videos', async () => {
    const still = { type: 'y', width: 128, height: 80, file: content() };
    const videos = [
      { type: 'p', width: 80, height: 80, file: fileOf(randomBytes(90)) },
      { type: 'u', width: 160, height: 160, file: content() },
    ];
    const id = world.postService(group, {
      _: 'messageActionChatEditPhoto',
      photo: world.addPhoto({ sizes: [still], videos }),
    });
    const found = await mediaOf('@harbour_crew', [id]);
    expect(found.map(([, { kind, role, width }]) => [kind, role, width])).toEqual([
      ['photo', 'chat-photo', 128],
      ['animation', 'chat-photo', 160],
    ]);
    expect(new Set(await fetchStale(found))).toEqual(contents);
  });

  it('to stories that messages only refer to is renewed', async () => {
    const owners: readonly [WorldPeer, TlObject][] = [
      [`user:${FRIEND}`, friend],
      [group, { _: 'peerChannel', channel_id: 5001n }],
    ];
    const ids = owners.flatMap(([owner, peer]) =>
      [7, 8, 9].map((id) => {
        // The last one is over, and nobody has it any more.
        const item = { _: 'storyItem', id, date: 1, expire_date: 2, media: inDocument() };
        world.setStory(owner, id, id === 9 ? { _: 'storyItemDeleted', id } : item);
        return world.post(group, { message: '', from_id: friend, media: { _: 'messageMediaStory', peer, id } });
      }),
    );
    contents.clear();
    for (const [owner] of owners) {
      for (const id of [7, 8]) contents.add(storyHash(owner, id));
    }
    const found = await mediaOf('@harbour_crew', ids);
    expect(found.map(([, { role }]) => role)).toEqual(['story', 'story', 'story', 'story']);
    expect(telegram.simulator.calls.get('stories.getStoriesByID')).toBe(2);
    expect(new Set(await fetchStale(found))).toEqual(contents);
  });

  it('of a story that has expired meanwhile is reported as unavailable', async () => {
    const owner: WorldPeer = `user:${FRIEND}`;
    const item = { _: 'storyItem', id: 7, date: 1, expire_date: 2, media: inPhoto() };
    world.setStory(owner, 7, item);
    const media = { _: 'messageMediaStory', peer: friend, id: 7 };
    const found = await mediaOf('@harbour_crew', [world.post(group, { message: '', from_id: friend, media })]);
    world.setStory(owner, 7, { _: 'storyItemDeleted', id: 7 });
    await expect(fetchStale(found)).rejects.toMatchObject({
      code: 'MEDIA_UNAVAILABLE',
      message: expect.stringMatching(/no longer contains this photo/) as string,
    });
  });

  it('does not matter if stories may not be read: the message is exported without them', async () => {
    const media = { _: 'messageMediaStory', peer: friend, id: 7 };
    world.setStory(`user:${FRIEND}`, 7, { _: 'storyItem', id: 7, date: 1, expire_date: 2, media: inPhoto() });
    const id = world.post(group, { message: 'seen?', from_id: friend, media });
    telegram.simulator.setNetwork({
      fault: ({ method }) =>
        method === 'stories.getStoriesByID' ? { error: 'BOT_METHOD_INVALID', code: 400 } : undefined,
    });
    const chat = await source.resolveChat('@harbour_crew', signal);
    expect(await collect(source.messages(chat, [id], signal))).toMatchObject([
      { id, media: [], content: { kind: 'story', peerId: `user${FRIEND}`, storyId: 7 } },
    ]);
  });

  it.each([
    ['a channel', '@tide_tables', () => world.addChannel(5002n, 'Tides', { broadcast: true, username: 'tide_tables' })],
    ['a basic group', '6001', () => world.addBasicGroup(6001n, 'Crew')],
    ['a private chat', '@bo_friend', (): WorldPeer => `user:${FRIEND}`],
    ['the saved messages', 'me', (): WorldPeer => `user:${ME}`],
  ] as const)('in %s is renewed', async (_, reference, open) => {
    const id = world.post(open(), { message: '', from_id: friend, media: inPhoto() });
    expect(new Set(await fetchStale(await mediaOf(reference, [id])))).toEqual(contents);
  });

  it('in a topic of a forum is renewed', async () => {
    const forum = world.addChannel(5003n, 'Docks', { megagroup: true, forum: true, username: 'dock_talk' });
    const topic = world.postService(forum, { _: 'messageActionTopicCreate', title: 'Ropes', icon_color: 0 });
    const reply_to = { _: 'messageReplyHeader', forum_topic: true, reply_to_msg_id: topic };
    const id = world.post(forum, { message: '', from_id: friend, reply_to, media: inPhoto() });
    const found = await mediaOf('@dock_talk', [id]);
    expect(found[0]?.[0].topicId).toBe(topic);
    expect(new Set(await fetchStale(found))).toEqual(contents);
  });

  it('in an album is renewed for the whole album in one call', async () => {
    const ids = Array.from({ length: 10 }, () =>
      world.post(group, { message: '', from_id: friend, grouped_id: 77n, media: inPhoto() }),
    );
    const found = await mediaOf('@harbour_crew', ids);
    const before = telegram.simulator.calls.get('channels.getMessages') ?? 0;
    expect(new Set(await fetchStale(found))).toEqual(contents);
    expect((telegram.simulator.calls.get('channels.getMessages') ?? 0) - before).toBeLessThanOrEqual(2);
  });

  it('that was never valid is renewed as well', async () => {
    const found = await mediaOf('@harbour_crew', [postDocument(world, group, document())]);
    const withEmpty = found.map(([message, media]): [Message, Media] => {
      const location = locationOf(media);
      if (location === undefined) throw new Error('the medium has no location');
      return [message, withLocation(media, { ...location, fileReference: new Uint8Array(0) })];
    });
    expect(new Set(await fetchStale(withEmpty))).toEqual(contents);
  });
});

describe('a file whose reference has expired', () => {
  /** What the server says when it is fetched after `change`. */
  async function reasonAfter(change: (id: number) => void): Promise<unknown> {
    const id = world.post(group, { message: 'look', from_id: friend, media: inPhoto() });
    const found = await mediaOf('@harbour_crew', [id]);
    change(id);
    const failure = await fetchStale(found).catch((error: unknown) => error);
    expect(await readdir(telegram.folder)).toEqual([]);
    return failure;
  }

  it('and whose message was deleted is reported as unavailable', async () => {
    expect(await reasonAfter((id) => world.delete(group, [id]))).toMatchObject({
      code: 'MEDIA_UNAVAILABLE',
      message: expect.stringMatching(/^Message \d+ was deleted before its photo could be fetched\.$/) as string,
    });
  });

  it('and that was replaced is not fetched from its replacement', async () => {
    expect(
      await reasonAfter((id) => {
        world.edit(group, id, { media: inPhoto() });
      }),
    ).toMatchObject({
      code: 'MEDIA_UNAVAILABLE',
      message: expect.stringMatching(/no longer contains this photo/) as string,
    });
  });

  it('and that self-destructed meanwhile is reported as unavailable', async () => {
    expect(
      await reasonAfter((id) => {
        world.edit(group, id, { media: { _: 'messageMediaPhoto', ttl_seconds: 10 } });
      }),
    ).toMatchObject({ code: 'MEDIA_UNAVAILABLE', message: expect.stringMatching(/destroyed itself/) as string });
  });
});
