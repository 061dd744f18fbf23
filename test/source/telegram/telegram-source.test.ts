import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Chat } from '../../../src/chat/chat.js';
import { createSyntheticWorld } from '../../../src/simulator/world/synthetic-world.js';
import { startSimulator } from '../../../src/simulator/server/server.js';
import type { WorldBuilder } from '../../../src/simulator/world/world-builder.js';
import { openTelegramSource } from '../../../src/source/telegram/telegram-source.js';
import type { LiveSource } from '../../../src/source/live-source.js';
import { describeLiveSource } from '../../contract/live-source.js';
import { addGroup, emptyWorld, ME, neverAborted, say, SimulatedTelegram } from './simulated-telegram.js';
import { AUTOMATIC, PATIENCE } from './patience.js';

const signal = neverAborted();

describeLiveSource('the Telegram source', async () => {
  const world = createSyntheticWorld({ messageCount: 230, mix: 'lively', sizeRatio: 0.02, foreignRatio: 0.5 });
  const simulator = await startSimulator({ world });
  const source = await openTelegramSource({
    ...PATIENCE,
    ...AUTOMATIC,
    apiId: 1,
    apiHash: 'hash',
    session: simulator.sessionFor(world.account.userId),
    dcAddresses: simulator.dcs,
    publicKeyPem: simulator.publicKeyPem,
    signal,
  });
  const history = world.history(world.account.userId, world.peer);
  return {
    source,
    reference: `@${world.username}`,
    messageIds: Array.from({ length: history?.length ?? 0 }, (_, index) => history?.at(index)['id'] as number),
    mediaHashes: new Map([...world.files()].slice(0, 3).map((file) => [file.messageId, file.sha256()])),
    close: async () => {
      await source.close();
      await simulator.close();
    },
  };
});

describe('the chats of an account', () => {
  let world: WorldBuilder;
  let telegram: SimulatedTelegram;
  let source: LiveSource;

  beforeEach(async () => {
    world = emptyWorld();
    telegram = await SimulatedTelegram.start(world);
    source = await telegram.openSource();
  });

  afterEach(() => telegram[Symbol.asyncDispose]());

  async function listed(): Promise<Chat[]> {
    const chats: Chat[] = [];
    for await (const chat of source.chats(signal)) chats.push(chat);
    return chats;
  }

  it('are all listed, however many there are', async () => {
    for (let index = 1; index <= 250; index += 1)
      say(world, world.addChannel(BigInt(7000 + index), `Chat ${index}`), 'hi');
    const chats = await listed();
    expect(new Set(chats.map(({ id }) => id)).size).toBe(250);
  });

  it('omit a group that became a listed supergroup', async () => {
    const channel = addGroup(world, 3);
    const group = world.addBasicGroup(31n, 'Harbour Crew', {
      migrated_to: { _: 'inputChannel', channel_id: 5001n, access_hash: 0n },
    });
    say(world, group, 'old times');
    expect((await listed()).map(({ id }) => id)).toEqual(['channel5001']);
    expect(channel).toBe('channel:5001');
  });

  it.each([
    '@harbour_crew',
    'https://t.me/harbour_crew',
    'channel5001',
    '-1005001',
    't.me/c/5001',
    '5001',
    'Harbour Crew',
    'harbour crew',
    'harbour_crew',
  ])('are found by "%s"', async (reference) => {
    addGroup(world, 3);
    expect((await source.resolveChat(reference, signal)).id).toBe('channel5001');
  });

  it('include the saved messages as "me"', async () => {
    const chat = await source.resolveChat('me', signal);
    expect(chat).toMatchObject({ id: `account${ME}/user${ME}`, peerId: `user${ME}`, kind: 'saved-messages' });
  });

  it('are suggested by similar names for a misspelled one', async () => {
    addGroup(world, 3);
    await expect(source.resolveChat('@harbor_crew', signal)).rejects.toMatchObject({
      code: 'CHAT_NOT_FOUND',
      message: expect.stringContaining('@harbour_crew') as string,
    });
    await expect(source.resolveChat('Harbor Crew', signal)).rejects.toThrow('"Harbour Crew"');
  });

  it('must be named by id if a title is not unique', async () => {
    addGroup(world, 3);
    say(world, world.addChannel(5002n, 'Harbour Crew'), 'the other one');
    await expect(source.resolveChat('Harbour Crew', signal)).rejects.toThrow(
      /channel5001.*channel5002|channel5002.*channel5001/,
    );
  });

  it('are refused if they may not be read', async () => {
    world.addForbiddenChannel(5009n, 'Closed Shop');
    await expect(source.resolveChat('channel5009', signal)).rejects.toMatchObject({ code: 'NO_ACCESS' });
  });
});

describe('a process with a source', () => {
  it('ends by itself after the source was closed, also when a foreign data centre was used', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chatferry-exit-'));
    const world = createSyntheticWorld({ messageCount: 60, mix: 'lively', sizeRatio: 0.02, foreignRatio: 1 });
    await using simulator = await startSimulator({ world });
    const program = fileURLToPath(new URL('download-and-close.ts', import.meta.url));
    const options = {
      session: simulator.sessionFor(world.account.userId),
      dcAddresses: simulator.dcs,
      publicKeyPem: simulator.publicKeyPem,
      reference: `@${world.username}`,
      path: join(folder, 'file'),
    };
    const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const closedAt = performance.now();
    const [code] = await exited;
    expect(line.toString()).toContain('closed');
    expect(code).toBe(0);
    expect(performance.now() - closedAt).toBeLessThan(2000);
    expect(simulator.calls.get('auth.importAuthorization')).toBe(1);
    await rm(folder, { recursive: true, force: true });
  });
});
