import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { expectationsOf } from '../../src/simulator/world/expectation.js';
import { isForUsersOnly } from '../../src/simulator/methods/bot-access.js';
import { type Simulator, startSimulator } from '../../src/simulator/server/server.js';
import { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import { patternedFile } from '../../src/simulator/world/world-file.js';
import type { WorldPeer } from '../../src/simulator/world/world.js';
import { MAX_EMPTY_IDS } from '../../src/source/telegram/history/by-ids/id-reader.js';
import { type ProgramEnd, runChatferry, startChatferry } from '../cli/run-chatferry.js';
import { clientEnvironment } from '../cli/client-environment.js';

const BOT = { userId: 9001n, botToken: '9001:e2e-bot-token-not-a-secret' };
const PERSON = { userId: 1001n, phone: '9996621001', code: '22222' };
const CHATS = ['@crew', '-1005002', 'chat31', '1001'];

const world = new WorldBuilder({ seed: 5 });
world.addAccount(BOT);
world.addAccount(PERSON);
world.addUser(BOT.userId, { bot: true, first_name: 'Ferry Bot', username: 'ferry_bot', bot_info_version: 1 });
world.addUser(PERSON.userId, { first_name: 'Ada', phone: PERSON.phone });
const crew = world.addChannel(5001n, 'Crew', { megagroup: true, username: 'crew' });
const news = world.addChannel(5002n, 'News', { broadcast: true });
const flat = world.addBasicGroup(31n, 'Flat');
const ada: WorldPeer = 'user:1001';
const everywhere = [crew, news, flat, ada];
let fileSeed = 0n;

/** Texts, files on both data centres and gaps, in all four chats; the mailbox of two of them is one sequence. */
function talk(rounds: number): void {
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of everywhere) {
      for (let index = 0; index < 40; index += 1) world.post(peer, { message: `${round}/${index}` });
      world.skipIds(peer, 170);
      fileSeed += 1n;
      const file = patternedFile(fileSeed, 20_000 + Number(fileSeed) * 977);
      const dcId = fileSeed % 2n === 0n ? 4 : 2;
      const document = world.addDocument({ file, mimeType: 'application/octet-stream', attributes: [], dcId });
      world.post(peer, { message: '', media: { _: 'messageMediaDocument', document } });
    }
  }
}

let simulator: Simulator;
let cwd: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  talk(3);
  simulator = await startSimulator({ world });
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-bot-'));
  const keyFile = join(cwd, 'public-key.pem');
  writeFileSync(keyFile, simulator.publicKeyPem);
  env = {
    ...clientEnvironment(simulator, keyFile),
    TELEGRAM_SESSION_FILE: join(cwd, 'telegram.session'),
    TELEGRAM_BOT_TOKEN: BOT.botToken,
    MEDIA_DERIVATIVES: 'false',
    TIME_ZONE: 'UTC',
  };
});

afterEach(() => {
  simulator.setNetwork({});
});

afterAll(async () => {
  await simulator.close();
  rmSync(cwd, { recursive: true, force: true, maxRetries: 3 });
});

function run(...args: readonly string[]): Promise<ProgramEnd> {
  return runChatferry(args, { cwd, env });
}

/** Every message and every file that the bot can see is in the archive, once and in order, and nothing else is. */
async function expectEverything(directory: string): Promise<void> {
  using archive = await Archive.open(join(cwd, directory), { readOnly: true });
  const stored = new Map(archive.chats().map(({ chat }) => [chat.peerId.replace(/^[a-z]+/, '$&:'), chat.id]));
  expect([...stored.keys()].sort()).toEqual([...everywhere].sort());
  for (const { peer, messageIds, media } of expectationsOf(world, BOT.userId)) {
    const id = stored.get(peer);
    if (id === undefined) throw new Error(`${peer} is not in the archive`);
    const records = [...archive.messages(id)];
    expect(
      records.map(({ message }) => message.id),
      peer,
    ).toEqual(messageIds);
    const hashes = records.flatMap((record) =>
      record.media.map((medium) => (medium.state === 'stored' ? medium.file.sha256 : medium.state)),
    );
    expect(hashes, peer).toEqual(media.map(({ sha256 }) => sha256));
    expect(archive.missingMedia(id)).toEqual([]);
  }
}

// In this order: each stands on what the one before has left.
it('a bot logs in with its token', async () => {
  const end = await run('login', '--json');
  expect(end.code, end.stderr).toBe(0);
  expect(end.stdout).toContain('"isBot":true');
});

it.each(['chats', 'export --all'])(
  'a bot that asks for %s is told how to name chats, with exit code 2',
  async (line) => {
    const end = await run(...line.split(' '));
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toMatch(/does not let bots list their chats.*@name.*-100/s);
    expect(end.stderr).not.toMatch(/BOT_METHOD_INVALID|\n\s+at /);
  },
);

it('a bot exports a supergroup, a channel, a basic group and a private chat', async () => {
  const end = await run('export', ...CHATS, '--out', 'whole');
  expect(end.code, end.stderr).toBe(0);
  expect(end.stderr).toContain('10,000 ids in a row');
  await expectEverything('whole');
});

it('a bot takes what is new, and what arrives while it reads', async () => {
  talk(1);
  let callCount = 0;
  simulator.setNetwork({
    fault: ({ method }) => {
      if (method !== 'messages.getMessages' && method !== 'channels.getMessages') return undefined;
      callCount += 1;
      if (callCount === 3) talk(1);
      return undefined;
    },
  });
  expect(await run('export', ...CHATS, '--out', 'whole')).toMatchObject({ code: 0 });
  simulator.setNetwork({});
  const end = await run('export', ...CHATS, '--out', 'whole');
  expect(end.code, end.stderr).toBe(0);
  expect(end.stderr).not.toContain('Telegram counts'); // Nobody counts for bots.
  await expectEverything('whole');
});

it('a bot goes on where it was killed', async () => {
  for (const request of [30, 60]) {
    let requestCount = 0;
    const child = startChatferry(['export', ...CHATS, '--out', 'killed'], { cwd, env });
    const end = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    simulator.setNetwork({
      fault: () => {
        requestCount += 1;
        if (requestCount === request) child.kill('SIGKILL');
        return undefined;
      },
    });
    expect((await end)[1]).toBe('SIGKILL');
    simulator.setNetwork({});
  }
  expect(await run('export', ...CHATS, '--out', 'killed')).toMatchObject({ code: 0 });
  await expectEverything('killed');
});

it('a bot looks behind a gap longer than the stretch when it is told how far', async () => {
  world.skipIds(ada, MAX_EMPTY_IDS);
  const id = world.post(ada, { message: 'after a long silence' });
  expect(await run('export', '1001', '--out', 'whole')).toMatchObject({ code: 0 });
  await expect(expectEverything('whole')).rejects.toThrow('user:1001');
  const end = await run('export', '1001', '--out', 'whole', '--up-to-id', String(id));
  expect(end.code, end.stderr).toBe(0);
  expect(end.stderr).toContain(`up to ${id}`);
  await expectEverything('whole');
});

it('nothing that is for users only was asked for, nor anything that is not served', () => {
  expect([...simulator.calls.keys()].filter(isForUsersOnly)).toEqual([]);
  expect([...simulator.unserved.keys()]).toEqual([]);
});

it('a person is refused --up-to-id, and nobody may name an end that is no id', async () => {
  const TELEGRAM_SESSION = simulator.sessionFor(PERSON.userId);
  const end = await runChatferry(['export', '@crew', '--up-to-id', '5'], { cwd, env: { ...env, TELEGRAM_SESSION } });
  expect(end.code).toBe(2);
  expect(end.stderr).toContain('--up-to-id 5 is for bots, and Ada is a person');
  for (const value of ['0', '-1', 'x', '2147483648']) {
    expect(await run('export', '@crew', '--up-to-id', value)).toMatchObject({ code: 2 });
  }
});
