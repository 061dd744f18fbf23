import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ArchiveRendering, renderArchive } from '../../src/app/render-archive.js';
import { otherAccountsIn } from '../../src/app/export/other-accounts.js';
import { desktopJson } from '../../src/render/desktop-json.js';
import { neverAborted } from '../e2e/simulated-export.js';
import { ADA, BOB, CLEO, SeveralAccounts, worldOfAccounts } from './several-accounts.js';

let accounts: SeveralAccounts;

beforeAll(async () => {
  const world = worldOfAccounts();
  const channel = world.addChannel(8001n, 'News', { megagroup: true });
  const group = world.addBasicGroup(55n, 'Harbour');
  for (const peer of [channel, group]) world.openDialog(peer, BOB);
  world.skipIds(group, 10, { owner: BOB });
  world.deliver(group, { message: 'in the group' }, { sender: CLEO });
  world.deliver(`user:${CLEO}`, { message: 'from ada' }, { sender: ADA });
  world.deliver(`user:${CLEO}`, { message: 'from bob' }, { sender: BOB });
  world.post(`user:${BOB}`, { message: 'a note to self' }, { owner: BOB });
  world.post(channel, { message: 'news' });
  world.setFullChat(channel, {
    _: 'channelFull',
    id: 8001n,
    about: '',
    chat_photo: { _: 'photoEmpty' },
    pts: 1,
    migrated_from_chat_id: 55n,
    migrated_from_max_id: 100,
  });
  accounts = await SeveralAccounts.start(world);
  await accounts.export(ADA, { chats: ['user42', 'channel8001'] });
  await accounts.export(BOB, { chats: ['user42', 'me', 'channel8001'] });
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
});

async function render(chats: readonly string[], account?: string): Promise<readonly ArchiveRendering[]> {
  const { chats: rendered } = await renderArchive({
    settings: { exportDir: accounts.path(), timeZone: 'UTC' },
    chats,
    account,
    renderers: [desktopJson],
    reporter: { event: () => undefined },
    signal: neverAborted(),
  });
  return rendered;
}

const idsOf = (rendered: readonly ArchiveRendering[]): readonly string[] => rendered.map(({ chat }) => chat.id).sort();

describe('chats of an archive with several accounts', () => {
  it('are all rendered where none is named, each with whose it is', async () => {
    const rendered = await render([]);
    expect(Object.fromEntries(rendered.map(({ chat, owner }) => [chat.id, owner?.name]))).toEqual({
      'account7001/user42': 'Ada',
      'account7002/user42': 'Bob',
      'account7002/user7002': 'Bob',
      'account7002/chat55': 'Bob',
      channel8001: undefined,
    });
  });

  it.each(['7002', '@bob_ferry', 'bob_ferry', '@Bob_Ferry'])(
    'are those that one exported with --account %s',
    async (account) => {
      expect(idsOf(await render([], account))).toEqual([
        'account7002/chat55',
        'account7002/user42',
        'account7002/user7002',
        'channel8001',
      ]);
    },
  );

  it.each(['user42', '42', 'Cleo'])(
    'are refused by name where %s fits one of each, with the way to say which',
    async (reference) => {
      await expect(render([reference])).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringMatching(
          /"\w+" fits chats of several accounts: user42 of account 7001, user42 of account 7002\. Say whose with --account/,
        ) as string,
      });
      expect(idsOf(await render([reference], '7001'))).toEqual(['account7001/user42']);
      expect(idsOf(await render([reference], '@bob_ferry'))).toEqual(['account7002/user42']);
    },
  );

  it('are found without saying whose where only one has such a chat', async () => {
    expect(idsOf(await render(['me', 'News']))).toEqual(['account7002/user7002', 'channel8001']);
  });

  it('tell the old group inside a supergroup from that of another account', async () => {
    await expect(render(['chat55'])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('account 7002') as string,
    });
    expect(idsOf(await render(['chat55'], '7001'))).toEqual(['channel8001']);
    expect(idsOf(await render(['chat55'], '7002'))).toEqual(['account7002/chat55']);
  });

  it('are of nobody else: an account that is not there is refused with those that are', async () => {
    await expect(render([], '@cleo')).rejects.toMatchObject({
      code: 'USAGE',
      message:
        'No account "@cleo" exported into this archive. Give the id or @name of one that did: Ada (@ada_ferry, id 7001), Bob (@bob_ferry, id 7002).',
    });
    await expect(render(['me'], '7001')).rejects.toMatchObject({ code: 'CHAT_NOT_FOUND' });
  });

  it('are said to be there when another account lists or exports its own', async () => {
    const { account } = await accounts.source(ADA);
    expect((await otherAccountsIn(accounts.path(), account)).map(({ name }) => name)).toEqual(['Bob']);
    expect(await otherAccountsIn(accounts.path('none'), account)).toEqual([]);
    const summary = await accounts.export(ADA, { chats: ['user42'] });
    expect(summary.account.name).toBe('Ada');
    expect(summary.otherAccounts.map(({ name }) => name)).toEqual(['Bob']);
  });
});
