import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import type { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import { patternedFile } from '../../src/simulator/world/world-file.js';
import type { WorldPeer } from '../../src/simulator/world/world.js';
import { ADA, BOB, CLEO, SeveralAccounts, worldOfAccounts } from './several-accounts.js';

const GROUP = 55n;
const CHANNEL = 8001n;

/** Two people who know each other and a third, share a group and a channel; in the mailboxes, ids differ. */
function sharedWorld(): { readonly world: WorldBuilder; readonly group: WorldPeer; readonly channel: WorldPeer } {
  const world = worldOfAccounts();
  const group = world.addBasicGroup(GROUP, 'Harbour');
  const channel = world.addChannel(CHANNEL, 'News', { megagroup: true, username: 'ferry_news' });
  for (const peer of [group, channel]) world.openDialog(peer, BOB);
  world.skipIds(`user:${CLEO}`, 40, { owner: BOB });
  for (let number = 1; number <= 3; number += 1) {
    world.deliver(`user:${CLEO}`, { message: `ada to cleo ${number}` }, { sender: ADA });
    world.deliver(`user:${CLEO}`, { message: `bob to cleo ${number}` }, { sender: BOB });
    world.deliver(`user:${BOB}`, { message: `ada to bob ${number}` }, { sender: ADA });
    world.deliver(group, { message: `in the group ${number}` }, { sender: number % 2 === 0 ? BOB : ADA });
    world.post(channel, { message: `news ${number}`, from_id: { _: 'peerUser', user_id: CLEO } });
  }
  return { world, group, channel };
}

const idsOf = (texts: readonly { readonly id: number }[] | undefined): readonly number[] | undefined =>
  texts?.map(({ id }) => id);
const wordsOf = (texts: readonly { readonly text: string }[] | undefined): readonly string[] | undefined =>
  texts?.map(({ text }) => text);

describe('two accounts that export into one archive', () => {
  it.each([
    ['one after the other', [ADA, BOB]],
    ['in the other order', [BOB, ADA]],
    ['by turns, twice', [ADA, BOB, ADA, BOB]],
  ])('have chats of their own, %s, and share channels', async (_how, order) => {
    const { world } = sharedWorld();
    await using accounts = await SeveralAccounts.start(world);
    for (const account of order) expect((await accounts.export(account)).exitCode).toBe(0);

    const texts = await accounts.texts();
    const three = (what: string): readonly string[] => [1, 2, 3].map((number) => `${what} ${number}`);
    expect(Object.fromEntries(Object.entries(texts).map(([id, found]) => [id, wordsOf(found)]))).toEqual({
      'account7001/user42': three('ada to cleo'),
      'account7001/user7002': three('ada to bob'),
      'account7001/chat55': three('in the group'),
      'account7002/user42': three('bob to cleo'),
      'account7002/user7001': three('ada to bob'),
      'account7002/chat55': three('in the group'),
      channel8001: three('news'),
    });
    expect(idsOf(texts['account7001/chat55'])).not.toEqual(idsOf(texts['account7002/chat55']));

    using archive = await Archive.open(accounts.path(), { readOnly: true });
    expect(archive.accounts.all().map(({ id, name, username, isBot }) => [id, name, username, isBot])).toEqual(
      order
        .slice(0, 2)
        .map((account) =>
          account === ADA ? ['7001', 'Ada', 'ada_ferry', false] : ['7002', 'Bob', 'bob_ferry', false],
        ),
    );
    expect(archive.chatAccounts.of('channel8001').map(({ accountId, cursor }) => [accountId, cursor])).toEqual(
      order.slice(0, 2).map((account) => [String(account), 3]),
    );
    const [last] = archive.runs().slice(-1);
    expect(last?.start.account).toBe(String(order.at(-1)));
    expect(archive.chatAccounts.one(last?.start.chatId ?? 'channel0', String(order.at(-1)))?.lastRunId).toBe(last?.id);
  });

  it('have folders of their own: who comes second is named in the name', async () => {
    const { world } = sharedWorld();
    await using accounts = await SeveralAccounts.start(world);
    await accounts.export(ADA);
    await accounts.export(BOB);

    const folders = readdirSync(accounts.path()).filter((name) => !name.startsWith('archive.'));
    expect(folders.sort()).toEqual([
      'ada-user7001',
      'bob-user7002',
      'cleo-user42',
      'cleo-user42-account7002',
      'harbour-chat55',
      'harbour-chat55-account7002',
      'news-channel8001',
    ]);
    const document = (folder: string, name: string): Record<string, Record<string, unknown>> =>
      JSON.parse(readFileSync(join(accounts.path(), folder, name), 'utf8')) as Record<string, Record<string, unknown>>;
    for (const [folder, id, account] of [
      ['cleo-user42', 'user42', '7001'],
      ['cleo-user42-account7002', 'user42', '7002'],
      ['news-channel8001', 'channel8001', undefined],
    ] as const) {
      expect(document(folder, 'report.json')['chat']).toMatchObject({ id, ...(account !== undefined && { account }) });
      expect(document(folder, 'result.json')['chatferry']?.['chat']).toMatchObject({
        id,
        ...(account !== undefined && { account }),
      });
      if (account === undefined) expect(document(folder, 'report.json')['chat']).not.toHaveProperty('account');
    }
  });

  it('find the same bytes once, and fetch those of a channel once', async () => {
    const { world, group, channel } = sharedWorld();
    const photo = world.addPhoto({ sizes: [{ type: 'y', width: 800, height: 600, file: patternedFile(9n, 40_000) }] });
    world.deliver(group, { media: { _: 'messageMediaPhoto', photo } }, { sender: ADA });
    world.post(channel, { media: { _: 'messageMediaPhoto', photo } });
    await using accounts = await SeveralAccounts.start(world);
    await accounts.export(ADA);
    const requestsOfAda = accounts.simulator.calls.get('upload.getFile');
    await accounts.export(BOB);

    expect(requestsOfAda).toBe(1);
    expect(accounts.simulator.calls.get('upload.getFile')).toBe(1);
    using archive = await Archive.open(accounts.path(), { readOnly: true });
    for (const { chat, folder } of archive.chats()) {
      for (const { media } of archive.messages(chat.id)) {
        for (const record of media) {
          expect(record.state).toBe('stored');
          if (record.state === 'stored') expect(existsSync(join(accounts.path(), folder, record.file.path))).toBe(true);
        }
      }
    }
  });
});

describe('a channel that several accounts see', () => {
  it('has what any of them was shown, also what is older than all that the first one saw', async () => {
    const { world, channel } = sharedWorld();
    world.hideBefore(channel, 3, { owner: ADA });
    await using accounts = await SeveralAccounts.start(world);
    await accounts.export(ADA, { chats: ['@ferry_news'] });
    expect(wordsOf((await accounts.texts())['channel8001'])).toEqual(['news 3']);

    const { chats } = await accounts.export(BOB, { chats: ['@ferry_news'] });
    expect(chats.map(({ newMessageCount, messageCount }) => [newMessageCount, messageCount])).toEqual([[2, 3]]);
    expect(wordsOf((await accounts.texts())['channel8001'])).toEqual(['news 1', 'news 2', 'news 3']);
  });

  it('keeps what one account brought when another comes, and is completed by what only the other can fetch', async () => {
    const { world, channel } = sharedWorld();
    const document = world.addDocument({
      file: patternedFile(11n, 5000),
      mimeType: 'application/octet-stream',
      attributes: [],
    });
    const failing = world.post(channel, { message: 'a file', media: { _: 'messageMediaDocument', document } });
    const edited = world.post(channel, { message: 'first wording' });
    await using accounts = await SeveralAccounts.start(world);
    const refusal = { error: 'FILE_ID_INVALID' } as const;
    await accounts.export(ADA, {
      chats: ['@ferry_news'],
      fault: ({ method }) => (method === 'upload.getFile' ? refusal : undefined),
    });
    world.edit(channel, edited, { message: 'second wording', edit_date: 1_700_000_000 });

    const { exitCode, chats } = await accounts.export(BOB, { chats: ['@ferry_news'] });
    expect(exitCode).toBe(0);
    expect(chats[0]?.newMessageCount).toBe(0);
    using archive = await Archive.open(accounts.path(), { readOnly: true });
    expect(archive.message('channel8001', failing)?.media[0]?.state).toBe('stored');
    expect(archive.message('channel8001', edited)?.message.text.text).toBe('first wording');
  });

  it('does not take a message for deleted because another account is not shown it', async () => {
    const { world, channel } = sharedWorld();
    const document = world.addDocument({
      file: patternedFile(12n, 5000),
      mimeType: 'application/octet-stream',
      attributes: [],
    });
    const failing = world.post(channel, { message: 'a file', media: { _: 'messageMediaDocument', document } });
    world.post(channel, { message: 'later' });
    world.hideBefore(channel, failing + 1, { owner: BOB });
    await using accounts = await SeveralAccounts.start(world);
    const isDown = (method: string) =>
      method === 'upload.getFile' ? ({ error: 'TIMEOUT', code: 503 } as const) : undefined;
    await accounts
      .export(ADA, { chats: ['@ferry_news'], fault: ({ method }) => isDown(method) })
      .catch(() => undefined);
    for (let run = 0; run < 2; run += 1) await accounts.export(BOB, { chats: ['@ferry_news'] });
    {
      using archive = await Archive.open(accounts.path(), { readOnly: true });
      const [record] = archive.message('channel8001', failing)?.media ?? [];
      expect(record).toMatchObject({ state: 'failed' });
      expect(record).not.toMatchObject({ code: 'MEDIA_UNAVAILABLE' });
    }
    expect((await accounts.export(ADA, { chats: ['@ferry_news'] })).exitCode).toBe(0);
    using archive = await Archive.open(accounts.path(), { readOnly: true });
    expect(archive.message('channel8001', failing)?.media[0]?.state).toBe('stored');
  });

  it('has the old group of the account that came first; that of another is a chat of its own', async () => {
    const { world, group, channel } = sharedWorld();
    const inputChannel = {
      _: 'inputChannel',
      channel_id: CHANNEL,
      access_hash: world.chats.get(channel)?.['access_hash'] ?? 0n,
    };
    world.changeChat(group, { migrated_to: inputChannel, deactivated: true });
    world.setFullChat(channel, {
      _: 'channelFull',
      id: CHANNEL,
      about: '',
      chat_photo: { _: 'photoEmpty' },
      pts: 1,
      migrated_from_chat_id: GROUP,
      migrated_from_max_id: 100,
    });
    await using accounts = await SeveralAccounts.start(world);
    for (const account of [ADA, BOB, ADA, BOB]) {
      const { exitCode, chats } = await accounts.export(account, { chats: ['@ferry_news'] });
      expect(exitCode).toBe(0);
      expect(chats.map(({ chat }) => chat.id)).toEqual(
        account === ADA ? ['channel8001'] : ['channel8001', 'account7002/chat55'],
      );
    }

    const texts = await accounts.texts();
    expect(wordsOf(texts['channel8001'])).toEqual([
      ...[1, 2, 3].map((number) => `in the group ${number}`),
      ...[1, 2, 3].map((number) => `news ${number}`),
    ]);
    expect(wordsOf(texts['account7002/chat55'])).toEqual([1, 2, 3].map((number) => `in the group ${number}`));
    const offset = 1_000_000_000;
    const seenBy = (account: bigint): readonly number[] =>
      [0, 1, 2].map((index) => Number(world.history(account, group)?.at(index)['id']));
    expect(idsOf(texts['channel8001'])?.slice(0, 3)).toEqual(seenBy(ADA).map((id) => id - offset));
    expect(idsOf(texts['account7002/chat55'])).toEqual(seenBy(BOB));
    expect(Object.keys(texts).sort()).toEqual(['account7002/chat55', 'channel8001']);
  });
});
