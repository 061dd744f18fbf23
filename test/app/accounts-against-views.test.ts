import { existsSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { type ChatId, chatIdOf } from '../../src/chat/chat-id.js';
import { ChatferryError, isChatferryError } from '../../src/errors/chatferry-error.js';
import type { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import { patternedFile } from '../../src/simulator/world/world-file.js';
import type { WorldPeer } from '../../src/simulator/world/world.js';
import { ADA, BOB, CLEO, ROBOT, SeveralAccounts, worldOfAccounts } from './several-accounts.js';

const GROUP: WorldPeer = 'chat:55';
const NEWS: WorldPeer = 'channel:8001';

/** Where accounts talk, and the chat as each of them sees it. */
const PLACES: Readonly<Record<'cleo' | 'pair' | 'robot' | 'group' | 'news', ReadonlyMap<bigint, WorldPeer>>> = {
  cleo: new Map<bigint, WorldPeer>([
    [ADA, `user:${CLEO}`],
    [BOB, `user:${CLEO}`],
  ]),
  pair: new Map<bigint, WorldPeer>([
    [ADA, `user:${BOB}`],
    [BOB, `user:${ADA}`],
  ]),
  robot: new Map<bigint, WorldPeer>([
    [ADA, `user:${ROBOT}`],
    [ROBOT, `user:${ADA}`],
  ]),
  group: new Map([ADA, BOB, ROBOT].map((account) => [account, GROUP])),
  news: new Map([ADA, BOB, ROBOT].map((account) => [account, NEWS])),
};
type Place = keyof typeof PLACES;

const place = fc.constantFrom<Place[]>('cleo', 'pair', 'robot', 'group', 'news');
const account = fc.constantFrom(ADA, BOB, ROBOT);
const number = fc.nat({ max: 7 });
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('talk' as const),
      place: fc.oneof(place, fc.constant('news' as const)),
      account,
      hasPhoto: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), place, account, number }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('export' as const),
      account,
      places: fc.uniqueArray(place, { minLength: 1 }),
      /** The run is stopped when it asks the server for the nth time. */
      stopsAt: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Posts of the channel that are there when a story begins: some are shown some of them. */
const POSTS_BEFORE = 6;

/** Carries out steps, and remembers what each account was ever shown. */
class Story {
  readonly world: WorldBuilder = worldOfAccounts();
  /** By chat of the archive: what was ever in it, by id. */
  readonly said = new Map<ChatId, Map<number, string>>();
  readonly touched = new Set<ChatId>();
  #count = 0;

  /** @param seesFrom - The first post of the channel that each is shown. @param gaps - Ids that their mailboxes begin with. */
  constructor(seesFrom: readonly number[], gaps: readonly number[]) {
    const { world } = this;
    world.addBasicGroup(55n, 'Harbour');
    world.addChannel(8001n, 'News', { megagroup: true, username: 'ferry_news' });
    for (const [index, owner] of [ADA, BOB, ROBOT].entries()) {
      for (const chats of Object.values(PLACES)) {
        const peer = chats.get(owner);
        if (peer !== undefined) world.openDialog(peer, owner);
      }
      world.skipIds(GROUP, gaps[index] ?? 0, { owner });
      world.hideBefore(NEWS, seesFrom[index] ?? 0, { owner });
    }
    for (let post = 0; post < POSTS_BEFORE; post += 1) this.talk('news', ADA, post === 3);
  }

  async take(accounts: SeveralAccounts, taken: Step): Promise<void> {
    if (taken.do === 'talk') this.talk(taken.place, taken.account, taken.hasPhoto);
    if (taken.do === 'delete') {
      const peer = PLACES[taken.place].get(taken.account);
      const id = peer === undefined ? undefined : this.shown(taken.account, peer)[taken.number]?.[0];
      if (peer !== undefined && id !== undefined) this.world.delete(peer, [id], { owner: taken.account });
    }
    if (taken.do === 'export') await this.export(accounts, taken);
  }

  talk(where: Place, sender: bigint, hasPhoto: boolean): void {
    const { world } = this;
    const peer = PLACES[where].get(sender);
    if (peer === undefined) return;
    this.#count += 1;
    const message = `${where} ${this.#count}`;
    const file = patternedFile(BigInt(this.#count), 9000);
    const photo = hasPhoto ? world.addPhoto({ sizes: [{ type: 'y', width: 80, height: 60, file }] }) : undefined;
    const fields = { message, ...(photo !== undefined && { media: { _: 'messageMediaPhoto', photo } }) };
    if (where === 'news') {
      const id = world.post(peer, { ...fields, from_id: { _: 'peerUser', user_id: sender } });
      this.#remember('channel8001', id, message);
      return;
    }
    for (const [owner, id] of world.deliver(peer, fields, { sender })) {
      this.#remember(idIn(owner, PLACES[where].get(owner) ?? peer), id, message);
    }
  }

  #remember(chat: ChatId, id: number, text: string): void {
    const known = this.said.get(chat) ?? new Map<number, string>();
    this.said.set(chat, known.set(id, text));
  }

  /** What an account is shown of a chat now. */
  shown(owner: bigint, peer: WorldPeer): readonly (readonly [id: number, text: string])[] {
    const history = this.world.history(owner, peer);
    return Array.from({ length: history?.length ?? 0 }, (_, index) => history?.at(index)).map(
      (message) => [Number(message?.['id']), message?.['message'] as string] as const,
    );
  }

  async export(
    accounts: SeveralAccounts,
    { account: owner, places, stopsAt }: { account: bigint; places: readonly Place[]; stopsAt?: number | undefined },
  ): Promise<number> {
    const peers = places.map((where) => PLACES[where].get(owner)).filter((peer) => peer !== undefined);
    if (peers.length === 0) return 0;
    for (const peer of peers) this.touched.add(idIn(owner, peer));
    const stop = new AbortController();
    let count = 0;
    const run = accounts.export(owner, {
      chats: peers.map((peer) => peer.replace(':', '')),
      signal: stop.signal,
      fault: () => {
        count += 1;
        if (count === stopsAt) stop.abort(new ChatferryError('INTERRUPTED', 'stopped here'));
        return undefined;
      },
    });
    try {
      const { chats, exitCode } = await run;
      expect(exitCode).toBe(0);
      return chats.reduce((sum, { newMessageCount }) => sum + newMessageCount, 0);
    } catch (error) {
      if (stopsAt === undefined || !isChatferryError(error, 'INTERRUPTED')) throw error;
      return 0;
    }
  }
}

function idIn(owner: bigint, peer: WorldPeer): ChatId {
  const [kind, id] = peer.split(':') as ['user' | 'chat' | 'channel', string];
  return chatIdOf(`${kind}${id}`, String(owner));
}

const ALL: readonly Place[] = ['cleo', 'pair', 'robot', 'group', 'news'];

/** Every chat has all that its account is shown now, and nothing that it never was; so have channels, of all accounts. */
function expectViews(archive: Archive, story: Story): void {
  expect(
    archive
      .chats()
      .map(({ chat }) => chat.id)
      .sort(),
  ).toEqual([...story.touched].sort());
  for (const { chat, folder } of archive.chats()) {
    const found = [...archive.messages(chat.id)];
    for (const { message, media } of found) {
      expect([chat.id, message.id, message.text.text]).toEqual([
        chat.id,
        message.id,
        story.said.get(chat.id)?.get(message.id),
      ]);
      for (const record of media) {
        expect(record.state).toBe('stored');
        if (record.state === 'stored') expect(existsSync(join(archive.directory, folder, record.file.path))).toBe(true);
      }
    }
    const ids = new Set(found.map(({ message }) => message.id));
    for (const [owner, peer] of viewsOf(chat.id)) {
      for (const [id, text] of story.shown(owner, peer)) expect(ids.has(id), `${chat.id}: ${id}, "${text}"`).toBe(true);
    }
  }
}

function viewsOf(chat: ChatId): readonly (readonly [owner: bigint, peer: WorldPeer])[] {
  return Object.values(PLACES).flatMap((chats) => [...chats].filter(([owner, peer]) => idIn(owner, peer) === chat));
}

describe('any number of accounts in one archive', () => {
  const title = 'have what each of them is shown, in whatever order they export, and wherever they are stopped';
  it(title, { timeout: 300_000 }, async () => {
    const steps = fc.array(step, { minLength: 4, maxLength: 16 });
    const three = fc.array(number, { minLength: 3, maxLength: 3 });
    await fc.assert(fc.asyncProperty(steps, three, three, happens), { numRuns: 12, endOnFailure: true });
  });
});

async function happens(steps: readonly Step[], seesFrom: readonly number[], gaps: readonly number[]): Promise<void> {
  const story = new Story(seesFrom, gaps);
  await using accounts = await SeveralAccounts.start(story.world);
  for (const taken of steps) await story.take(accounts, taken);
  for (const owner of [BOB, ADA, ROBOT]) await story.export(accounts, { account: owner, places: ALL });
  {
    using archive = await Archive.open(accounts.path(), { readOnly: true });
    expectViews(archive, story);
  }
  // All of it is there, so that nobody asks for anything in vain.
  const fetchedBefore = accounts.simulator.calls.get('upload.getFile') ?? 0;
  for (const owner of [ADA, ROBOT, BOB]) {
    expect(await story.export(accounts, { account: owner, places: ALL })).toBe(0);
  }
  expect(accounts.simulator.calls.get('upload.getFile') ?? 0).toBe(fetchedBefore);
}
