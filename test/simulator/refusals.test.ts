import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { servedMethods } from '../../src/simulator/methods/served-methods.js';
import { RpcRefusal } from '../../src/simulator/state/rpc-refusal.js';
import { startSimulator } from '../../src/simulator/server/server.js';
import type { TlObject } from '../../src/simulator/tl/tl-object.js';
import { RawClient } from './raw-client.js';
import { createTinyWorld } from './tiny-world.js';

interface Listed {
  readonly method: string;
  readonly text: string;
  readonly code: number;
}

/** The errors that the schema of mtcute lists for the methods that are served here. */
function listedErrors(): readonly Listed[] {
  const path = createRequire(import.meta.url).resolve('@mtcute/core/tl/api-schema.json');
  const { e: entries } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly e: readonly {
      readonly kind: string;
      readonly name: string;
      readonly throws?: readonly { readonly name: string; readonly code: number }[];
    }[];
  };
  return entries
    .filter(({ kind, name }) => kind === 'method' && servedMethods.has(name))
    .flatMap(({ name: method, throws = [] }) => throws.map(({ name: text, code }) => ({ method, text, code })));
}

const listed = listedErrors();

test('each error that Telegram lists for an implemented method is sent, or documented as a difference', () => {
  const folder = fileURLToPath(new URL('../../src/simulator', import.meta.url));
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const code = sources.map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('\n');
  const answered = new Set([...code.matchAll(/RpcRefusal\(\s*'(\w+)'/g)].map(([, text]) => text));
  const page = readFileSync(new URL('../../docs/SIMULATOR.md', import.meta.url), 'utf8');
  const differences = page.slice(page.indexOf('## Where it differs'), page.indexOf('## Faults'));
  const named = new Set([...differences.matchAll(/`([A-Z][A-Z_a-z]+)`/g)].map(([, text]) => text));

  const texts = new Set(listed.map(({ text }) => text.replace('%d', 'n')));
  expect(texts.size).toBeGreaterThan(80);
  expect([...texts].filter((text) => !answered.has(text) && !named.has(text))).toEqual([]);
  expect([...texts].filter((text) => answered.has(text) && named.has(text)).sort()).toEqual([
    'CHANNEL_PRIVATE', // For its code.
    'LIMIT_INVALID', // Where it is a guess.
    'PEER_ID_INVALID', // In place of another.
  ]);
});

test('an error has a code that Telegram uses with its text', () => {
  const codes = new Map<string, Set<number>>();
  for (const { text, code } of listed) codes.set(text, (codes.get(text) ?? new Set()).add(code));
  const wrong = [...codes].filter(([text, known]) => !known.has(new RpcRefusal(text.replace('%d', '7')).rpcCode));
  expect(wrong.map(([text]) => text)).toEqual([]);
});

describe('a person is refused', () => {
  const tiny = createTinyWorld();
  const channel = {
    channel_id: 2001n,
    access_hash: tiny.world.chats.get(tiny.group)?.['access_hash'] as bigint,
  };
  const inputChannel: TlObject = { _: 'inputChannel', ...channel };
  const peer: TlObject = { _: 'inputPeerChannel', ...channel };
  const closed: TlObject = {
    _: 'inputChannel',
    channel_id: 2002n,
    access_hash: tiny.world.chats.get(tiny.forbiddenChannel)?.['access_hash'],
  };
  const empty: TlObject = { _: 'inputPeerEmpty' };
  const nobody: TlObject = { _: 'inputPeerUser', user_id: 5n, access_hash: 0n };

  test.each<readonly [string, TlObject, string]>([
    ['no ids', { _: 'channels.getMessages', channel: inputChannel, id: [] }, 'MESSAGE_IDS_EMPTY'],
    ['a closed channel', { _: 'channels.getMessages', channel: closed, id: [] }, 'CHANNEL_PRIVATE'],
    ['a wrong hash', { _: 'channels.getChannels', id: [{ ...inputChannel, access_hash: 1n }] }, 'CHANNEL_INVALID'],
    ['no such group', { _: 'messages.getChats', id: [5n] }, 'CHAT_ID_INVALID'],
    ['no such group in full', { _: 'messages.getFullChat', chat_id: 5n }, 'CHAT_ID_INVALID'],
    ['no forum', { _: 'channels.getForumTopics', channel: inputChannel, limit: 5 }, 'CHANNEL_FORUM_MISSING'],
    ['no dialogs', { _: 'messages.getPeerDialogs', peers: [] }, 'INPUT_PEERS_EMPTY'],
    ['no such folder', { _: 'messages.getDialogs', folder_id: 2, offset_peer: empty, limit: 5 }, 'FOLDER_ID_INVALID'],
    ['no such folder of pins', { _: 'messages.getPinnedDialogs', folder_id: 7 }, 'FOLDER_ID_INVALID'],
    ['no such offset', { _: 'messages.getDialogs', offset_peer: nobody, limit: 5 }, 'OFFSET_PEER_ID_INVALID'],
    ['no numbers', { _: 'stories.getStoriesByID', peer, id: [] }, 'STORY_ID_EMPTY'],
    ['no takeout', { _: 'account.finishTakeoutSession', success: true }, 'TAKEOUT_REQUIRED'],
    ['no name', { _: 'contacts.resolveUsername', username: '!' }, 'USERNAME_INVALID'],
    ['a free name', { _: 'contacts.resolveUsername', username: 'nobody_here' }, 'USERNAME_NOT_OCCUPIED'],
  ])('%s', async (_what, request, text) => {
    const simulator = await startSimulator({ world: tiny.world });
    onTestFinished(() => simulator.close());
    const client = await RawClient.open(simulator, simulator.sessionFor(tiny.account.userId));
    onTestFinished(() => {
      client[Symbol.dispose]();
    });
    await client.greet();
    const known = listed.find((error) => error.method === request._ && error.text === text);
    expect(known).toBeDefined();
    expect(await client.answerTo(client.say(request))).toMatchObject({ error_message: text, error_code: known?.code });
  });
});
