import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';

import { renderArchive } from '../../src/app/render-archive.js';
import { Archive } from '../../src/archive/archive.js';
import { MIGRATED_ID_OFFSET } from '../../src/chat/chat.js';
import { exitCodeOf } from '../../src/errors/error-meaning.js';
import type { TlObject } from '../../src/simulator/tl/tl-object.js';
import type { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import { patternedFile, sha256OfFile } from '../../src/simulator/world/world-file.js';
import type { WorldPeer } from '../../src/simulator/world/world.js';
import { desktopJson } from '../../src/render/desktop-json.js';
import { makeOldArchive, putOldChat, putOldMessage } from '../archive/old-archive.js';
import { neverAborted } from '../e2e/simulated-export.js';
import { ADA, BOB, CLEO, SeveralAccounts, worldOfAccounts } from './several-accounts.js';

const PHOTO_FILE = patternedFile(77n, 30_000);
const GROUP: WorldPeer = 'chat:55';
const NEWS: WorldPeer = 'channel:8001';

interface OldChat {
  readonly peer: WorldPeer;
  readonly folder: string;
  readonly kind: string;
  /** The basic group whose messages are in it. */
  readonly oldGroup?: WorldPeer;
}

const CLEOS: OldChat = { peer: `user:${CLEO}`, folder: 'cleo-user42', kind: 'private' };
const HARBOUR: OldChat = { peer: GROUP, folder: 'harbour-chat55', kind: 'basic-group' };
const SAVED: OldChat = { peer: `user:${ADA}`, folder: 'ada-user7001', kind: 'saved-messages' };
const CHANNEL: OldChat = { peer: NEWS, folder: 'news-channel8001', kind: 'supergroup' };

/** Talk of two accounts, with a photo in the group. Nobody sends anything by themselves unless a test wants it. */
function oldWorld(): WorldBuilder {
  const world = worldOfAccounts();
  world.addBasicGroup(55n, 'Harbour');
  world.addChannel(8001n, 'News', { megagroup: true, username: 'ferry_news' });
  for (const peer of [GROUP, NEWS]) world.openDialog(peer, BOB);
  world.skipIds(`user:${CLEO}`, 40, { owner: BOB });
  const photo = world.addPhoto({ sizes: [{ type: 'y', width: 800, height: 600, file: PHOTO_FILE }] });
  world.deliver(GROUP, { media: { _: 'messageMediaPhoto', photo } }, { sender: CLEO });
  for (const owner of [ADA, BOB]) {
    for (let number = 1; number <= 3; number += 1) {
      world.post(`user:${CLEO}`, { message: `cleo ${number} to ${owner}` }, { owner });
    }
  }
  for (let number = 1; number <= 3; number += 1) world.post(NEWS, { message: `news ${number}` });
  return world;
}

/** Writes what version 5 of the archive had after an export of these chats. */
function makeArchiveOf5(directory: string, world: WorldBuilder, account: bigint, chats: readonly OldChat[]): void {
  makeOldArchive(directory, 5, (database) => {
    for (const { peer, folder, kind, oldGroup } of chats) {
      const id = peer.replace(':', '');
      const own = messagesOf(world, account, peer);
      const before = oldGroup === undefined ? [] : messagesOf(world, account, oldGroup);
      putOldChat(database, { id, folder, kind, cursor: Number(own.at(-1)?.['id'] ?? 0) });
      if (oldGroup !== undefined) {
        const migratedFrom = oldGroup.replace(':', '');
        database
          .prepare("UPDATE chats SET data = json_set(data, '$.migratedFrom', ?) WHERE id = ?")
          .run(migratedFrom, id);
      }
      for (const [offset, messages] of [
        [-MIGRATED_ID_OFFSET, before],
        [0, own],
      ] as const) {
        for (const message of messages) {
          const messageId = Number(message['id']) + offset;
          putOldMessage(database, {
            chatId: id,
            id: messageId,
            dateMs: Number(message['date']) * 1000,
            ...(message['out'] === true && { isOutgoing: true, senderId: `user${account}` }),
          });
          const media = message['media'] as TlObject | undefined;
          if (media === undefined) continue;
          const path = `media/photos/${messageId}.jpg`;
          const sha256 = sha256OfFile(PHOTO_FILE);
          mkdirSync(dirname(join(directory, folder, path)), { recursive: true });
          writeFileSync(join(directory, folder, path), PHOTO_FILE.read(0, PHOTO_FILE.sizeBytes));
          database.prepare('INSERT OR IGNORE INTO files VALUES (?, ?, ?)').run(sha256, PHOTO_FILE.sizeBytes, 'photo');
          const data = {
            kind: 'photo',
            role: 'main',
            remoteId: `photo:${(media['photo'] as TlObject)['id'] as bigint}`,
          };
          database
            .prepare(
              "INSERT INTO media (chat_id, message_id, position, state, path, sha256, data) VALUES (?, ?, 0, 'stored', ?, ?, ?)",
            )
            .run(id, messageId, path, sha256, JSON.stringify({ ...data, sizeBytes: PHOTO_FILE.sizeBytes }));
        }
      }
      const start = JSON.stringify({ command: 'export', chatId: id });
      database.prepare('INSERT INTO runs (started_at_ms, start) VALUES (1, ?)').run(start);
    }
  });
}

function messagesOf(world: WorldBuilder, account: bigint, peer: WorldPeer): readonly TlObject[] {
  const history = world.history(account, peer);
  return Array.from({ length: history?.length ?? 0 }, (_, index) => history?.at(index) ?? { _: 'messageEmpty' });
}

function migrate(world: WorldBuilder): void {
  world.setFullChat(NEWS, {
    _: 'channelFull',
    id: 8001n,
    about: '',
    chat_photo: { _: 'photoEmpty' },
    pts: 1,
    migrated_from_chat_id: 55n,
    migrated_from_max_id: 100,
  });
}

/** What makes one archive the same as another to people: everything in it but what a later export notes of itself. */
async function contentOf(directory: string): Promise<unknown> {
  using archive = await Archive.open(directory, { readOnly: true });
  return archive.chats().map((stored) => ({
    ...stored,
    messages: [...archive.messages(stored.chat.id)],
    accounts: archive.chatAccounts.of(stored.chat.id),
  }));
}

describe('an archive from before accounts were known', () => {
  it('becomes that of the account that made it, with cursors, media and runs, and nothing is fetched again', async () => {
    const world = oldWorld();
    world.post(`user:${ADA}`, { message: 'a note to self' }, { owner: ADA });
    await using accounts = await SeveralAccounts.start(world);
    makeArchiveOf5(accounts.path(), world, ADA, [CLEOS, HARBOUR, SAVED, CHANNEL]);
    world.post(`user:${CLEO}`, { message: 'news from cleo' }, { owner: ADA });

    const { exitCode, chats } = await accounts.export(ADA);
    expect(exitCode).toBe(0);
    expect(chats.filter(({ newMessageCount }) => newMessageCount > 0).map(({ chat }) => chat.id)).toEqual([
      'account7001/user42',
    ]);
    expect(accounts.simulator.calls.get('upload.getFile') ?? 0).toBe(0);

    using archive = await Archive.open(accounts.path(), { readOnly: true });
    expect(archive.chats().map(({ chat, folder }) => [chat.id, folder])).toEqual([
      ['account7001/user7001', 'ada-user7001'],
      ['account7001/user42', 'cleo-user42'],
      ['account7001/chat55', 'harbour-chat55'],
      ['channel8001', 'news-channel8001'],
    ]);
    for (const { chat } of archive.chats()) {
      expect(archive.chatAccounts.of(chat.id).map(({ accountId }) => accountId)).toEqual(['7001']);
    }
    expect(archive.runs().map(({ start }) => start.chatId)).toEqual(expect.arrayContaining(['account7001/chat55']));
    expect(archive.unclaimed.any() || archive.unclaimed.anyCursor()).toBe(false);

    await accounts.export(BOB);
    const texts = await accounts.texts();
    expect(texts['account7001/user42']).toHaveLength(4);
    expect(texts['account7002/user42']?.map(({ text }) => text)).toEqual([1, 2, 3].map((n) => `cleo ${n} to 7002`));
  });

  it.each<[string, readonly OldChat[], ((world: WorldBuilder) => void) | undefined, RegExp]>([
    [
      'messages with those ids are others',
      [CLEOS, HARBOUR],
      undefined,
      /it is unknown whether|is a different message in this account/,
    ],
    ['what was sent from it was sent by someone else', [CLEOS], sendsToCleo, /were sent by user7001/],
    [
      'the saved messages are of someone else',
      [SAVED, CLEOS],
      undefined,
      /saved messages in the archive are those of user7001/,
    ],
    [
      'there would be a chat with oneself',
      [{ peer: `user:${BOB}`, folder: 'bob-user7002', kind: 'private' }],
      talksToBob,
      /private chat with user7002/,
    ],
    [
      'an old group in a supergroup is of someone else',
      [{ ...CHANNEL, oldGroup: GROUP }],
      migrate,
      /it is unknown whether|is a different message/,
    ],
  ])('is refused to another account where %s, and nothing is changed', async (_why, chats, prepare, reason) => {
    const world = oldWorld();
    prepare?.(world);
    await using accounts = await SeveralAccounts.start(world);
    makeArchiveOf5(accounts.path(), world, ADA, chats);

    const first = await accounts.export(BOB).catch((error: unknown) => error);
    expect(exitCodeOf(first)).toBe(2);
    expect(String(first)).toMatch(reason);
    expect(String(first)).toMatch(/Bob \(@bob_ferry, id 7002\).*another folder \(--out, EXPORT_DIR\)/);
    const before = await contentOf(accounts.path());
    await expect(accounts.export(BOB)).rejects.toMatchObject({ code: 'USAGE' });
    expect(await contentOf(accounts.path())).toEqual(before);

    // Who made it goes on, and the other has a way.
    expect((await accounts.export(ADA)).exitCode).toBe(0);
    expect((await accounts.export(BOB)).exitCode).toBe(0);
    expect((await accounts.export(BOB, { into: 'another' })).exitCode).toBe(0);
  });

  it('says nothing by what was deleted since, and is believed by what is left', async () => {
    const world = oldWorld();
    await using accounts = await SeveralAccounts.start(world);
    makeArchiveOf5(accounts.path(), world, ADA, [CLEOS, HARBOUR]);
    world.delete(`user:${CLEO}`, [2, 3, 4], { owner: ADA });

    expect((await accounts.export(ADA)).exitCode).toBe(0);
    expect((await accounts.texts())['account7001/user42']).toHaveLength(3);
  });

  it('is refused where everything was deleted, so that nothing tells whose it was', async () => {
    const world = oldWorld();
    await using accounts = await SeveralAccounts.start(world);
    makeArchiveOf5(accounts.path(), world, ADA, [CLEOS]);
    world.delete(`user:${CLEO}`, [2, 3, 4], { owner: ADA });

    await expect(accounts.export(ADA)).rejects.toThrow(/none of their messages is in this account/);
  });

  it('can be rendered before anybody has claimed it', async () => {
    const world = oldWorld();
    await using accounts = await SeveralAccounts.start(world);
    makeArchiveOf5(accounts.path(), world, ADA, [CLEOS, CHANNEL]);
    await expect(accounts.export(BOB)).rejects.toMatchObject({ code: 'USAGE' });

    const { chats: rendered } = await renderArchive({
      settings: { exportDir: accounts.path(), timeZone: 'UTC' },
      chats: ['user42'],
      renderers: [desktopJson],
      reporter: { event: () => undefined },
      signal: neverAborted(),
    });
    expect(rendered.map(({ messageCount }) => messageCount)).toEqual([3]);
    const result = JSON.parse(readFileSync(rendered[0]?.paths[0] ?? '', 'utf8')) as Record<string, unknown>;
    const { chat } = result['chatferry'] as Record<string, Record<string, unknown>>;
    expect(chat).toMatchObject({ id: 'user42' });
    expect(chat).not.toHaveProperty('account');
  });

  it('with channels alone belongs to nobody: whoever comes goes through them once more, and adds what is missing', async () => {
    const world = oldWorld();
    await using accounts = await SeveralAccounts.start(world);
    makeArchiveOf5(accounts.path(), world, ADA, [CHANNEL]);
    const database = new DatabaseSync(join(accounts.path(), 'archive.db'));
    database.exec('DELETE FROM messages WHERE id = 1');
    database.close();

    const { chats } = await accounts.export(BOB, { chats: ['@ferry_news'] });
    expect(chats.map(({ newMessageCount, messageCount }) => [newMessageCount, messageCount])).toEqual([[1, 3]]);
    expect((await accounts.export(BOB, { chats: ['@ferry_news'] })).chats[0]?.newMessageCount).toBe(0);
  });
});

function sendsToCleo(world: WorldBuilder): void {
  world.deliver(`user:${CLEO}`, { message: 'from ada' }, { sender: ADA });
}

function talksToBob(world: WorldBuilder): void {
  world.post(`user:${BOB}`, { message: 'from bob' }, { owner: ADA });
}
