import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { chooseChats } from '../../../src/app/export/choose-chats.js';
import type { LiveSource } from '../../../src/source/live-source.js';
import {
  addGroup,
  emptyWorld,
  ME,
  neverAborted,
  say,
  SimulatedTelegram,
} from '../../source/telegram/simulated-telegram.js';

let telegram: SimulatedTelegram;
let source: LiveSource;
const notes: string[] = [];

beforeAll(async () => {
  const world = emptyWorld();
  addGroup(world, 2);
  say(world, world.addChannel(5002n, 'News', { username: 'news_daily' }), 'today');
  say(world, world.addChannel(5003n, 'News', { megagroup: true }), 'gossip');
  say(world, `user:${ME}`, 'to myself');
  const usernames = ['pier_talk', 'pier_also'].map((username) => ({ _: 'username', active: true, username }));
  say(world, world.addChannel(5004n, 'Pier', { megagroup: true, usernames }), 'talk');
  const group = world.addBasicGroup(55n, 'Crew of old');
  say(world, group, 'old');
  world.migrate(group, 9009n, { title: 'Crew' });
  world.addForbiddenChannel(5009n, 'Closed Shop');
  telegram = await SimulatedTelegram.start(world);
  source = await telegram.openSource();
});
afterAll(() => telegram[Symbol.asyncDispose]());

const ALL = ['channel5001', 'channel5002', 'channel5003', 'channel5004', 'channel5009', 'channel9009', `user${ME}`];

async function chosen(references: readonly string[], excluded: readonly string[] = []): Promise<readonly string[]> {
  notes.length = 0;
  const onNote = (text: string): unknown => notes.push(text);
  const chats = await chooseChats(source, { references, excluded, onNote, signal: neverAborted() });
  return chats.map(({ peerId }) => peerId);
}

async function allBut(...excluded: readonly string[]): Promise<readonly string[]> {
  return (await chosen([], excluded)).toSorted();
}

describe('the chats to export', () => {
  it('are those named, each once, in the order given', async () => {
    expect(await chosen(['t.me/c/5004/1', '@harbour_crew', 'Pier', 'chat55'])).toEqual([
      'channel5004',
      'channel5001',
      'channel9009',
    ]);
  });

  it('are refused with the name of the one that the server refuses', async () => {
    await expect(chosen(['Pier', 'Closed Shop'])).rejects.toMatchObject({
      code: 'NO_ACCESS',
      message: expect.stringMatching(/^Closed Shop: .*CHANNEL_PRIVATE/) as string,
    });
  });

  it('are all of the account where none is named', async () => {
    expect(await allBut()).toEqual(ALL);
  });

  it.each([
    ['me', `user${ME}`],
    ['@harbour_crew', 'channel5001'],
    ['HARBOUR_CREW', 'channel5001'],
    ['harbour crew', 'channel5001'],
    ['-1005001', 'channel5001'],
    ['5001', 'channel5001'],
    ['https://t.me/harbour_crew', 'channel5001'],
    ['@pier_also', 'channel5004'], // A further username, which only the server knows.
    ['Closed Shop', 'channel5009'], // Leaving out needs no access.
    ['channel5009', 'channel5009'],
    ['chat55', 'channel9009'],
    ['Crew', 'channel9009'],
  ])('are all but the one that is left out as %s', async (reference, id) => {
    expect(await allBut(reference)).toEqual(ALL.filter((one) => one !== id));
    expect(notes).toEqual([]);
  });

  it('are all but the several that are left out, one of them twice', async () => {
    expect(await allBut('me', 'Pier', '@pier_talk')).toEqual(
      ALL.filter((id) => id !== `user${ME}` && id !== 'channel5004'),
    );
  });

  it('are left out whole where a message is named, and that is said', async () => {
    expect(await allBut('https://t.me/harbour_crew/2')).not.toContain('channel5001');
    expect(notes).toEqual(['https://t.me/harbour_crew/2 leads to one message or topic: the whole chat is left out.']);
  });

  it.each([
    ['Peer', 'CHAT_NOT_FOUND', '--exclude "Peer" is not a chat of this account. Did you mean "Pier"?'],
    [
      'channel77',
      'CHAT_NOT_FOUND',
      '--exclude "channel77" is not a chat of this account. `chatferry chats` lists all.',
    ],
    ['News', 'USAGE', '2 chats are called "News"'],
    ['t.me/+AbC', 'USAGE', 't.me/+AbC is an invitation'],
    ['', 'USAGE', 'The chat is missing'],
  ])('are refused where "%s" is to be left out', async (reference, code, message) => {
    await expect(chosen([], ['me', reference])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('are refused where nothing remains', async () => {
    await expect(chosen([], ALL)).rejects.toMatchObject({
      code: 'USAGE',
      message: '--exclude leaves no chat to export: all 7 are excluded. Remove one.',
    });
  });
});
