import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Batch } from '../../../src/chat/batch.js';
import type { Media } from '../../../src/chat/media.js';
import type { Message } from '../../../src/chat/message.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/simulator/server/server.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';
import { WorldBuilder } from '../../../src/simulator/world/world-builder.js';
import type { WorldAccount, WorldFile, WorldPeer } from '../../../src/simulator/world/world.js';
import { TelegramClient, type TelegramClientOptions } from '../../../src/source/telegram/wire/client.js';
import { openTelegramSource, type TelegramSourceOptions } from '../../../src/source/telegram/telegram-source.js';
import type { LiveSource } from '../../../src/source/live-source.js';
import { AUTOMATIC, PATIENCE } from './patience.js';

export const ME: bigint = 1001n;
export const ACCOUNT: Required<WorldAccount> = {
  userId: ME,
  phone: '99966770001',
  code: '12345',
  password: 'correct horse',
  botToken: '7:token',
};

/** A Telegram with one account, torn down with everything that was opened on it. */
export class SimulatedTelegram implements AsyncDisposable {
  readonly world: WorldBuilder;
  readonly simulator: Simulator;
  /** Empty; removed at the end. */
  readonly folder: string;
  readonly #opened: AsyncDisposable[] = [];

  static async start(world: WorldBuilder, options: Partial<SimulatorOptions> = {}): Promise<SimulatedTelegram> {
    const folder = await mkdtemp(join(tmpdir(), 'chatferry-source-'));
    return new SimulatedTelegram(world, await startSimulator({ world, ...options }), folder);
  }

  private constructor(world: WorldBuilder, simulator: Simulator, folder: string) {
    this.world = world;
    this.simulator = simulator;
    this.folder = folder;
  }

  clientOptions(overrides: Partial<TelegramClientOptions> = {}): TelegramClientOptions & { session: string } {
    return {
      ...PATIENCE,
      apiId: 1,
      apiHash: 'hash',
      session: overrides.session ?? this.simulator.sessionFor(ME),
      dcAddresses: this.simulator.dcs,
      publicKeyPem: this.simulator.publicKeyPem,
      signal: neverAborted(),
      ...without(overrides, 'session'),
    };
  }

  async openSource(overrides: Partial<TelegramSourceOptions> = {}): Promise<LiveSource> {
    const options = this.clientOptions(overrides);
    const source = await openTelegramSource({ ...AUTOMATIC, ...options, ...overrides, session: options.session });
    this.#opened.push(source);
    return source;
  }

  async openClient(overrides: Partial<TelegramClientOptions> = {}): Promise<TelegramClient> {
    const client = await TelegramClient.open(this.clientOptions(overrides));
    this.#opened.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#opened) await opened[Symbol.asyncDispose]();
    await this.simulator.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A world with the account in it and nobody else. */
export function emptyWorld(): WorldBuilder {
  const world = new WorldBuilder();
  world.addAccount(ACCOUNT);
  world.addUser(ME, { self: true, first_name: 'Ada', last_name: 'Ferry', username: 'ada_ferry', phone: ACCOUNT.phone });
  return world;
}

/** A public supergroup with `count` text messages. */
export function addGroup(world: WorldBuilder, count: number, username = 'harbour_crew'): WorldPeer {
  const peer = world.addChannel(5001n, 'Harbour Crew', { megagroup: true, username });
  for (let index = 1; index <= count; index += 1) say(world, peer, `message ${index}`);
  return peer;
}

export function say(world: WorldBuilder, peer: WorldPeer, text: string): number {
  return world.post(peer, { message: text, from_id: { _: 'peerUser', user_id: ME } });
}

export function postDocument(world: WorldBuilder, peer: WorldPeer, document: TlObject): number {
  return world.post(peer, {
    message: '',
    from_id: { _: 'peerUser', user_id: ME },
    media: { _: 'messageMediaDocument', document },
  });
}

export function fileOf(bytes: Buffer): WorldFile {
  return { sizeBytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function collect(batches: AsyncIterable<Batch>): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const batch of batches) messages.push(...batch.messages);
  return messages;
}

/** A message of {@link addGroup}'s chat as the source gives it, with the medium that is its own. */
export async function postedMedia(
  source: LiveSource,
  id: number,
): Promise<{ readonly message: Message; readonly media: Media }> {
  const chat = await source.resolveChat('@harbour_crew', neverAborted());
  const [message] = await collect(source.messages(chat, [id], neverAborted()));
  const media = message?.media.find(({ role }) => role === 'main');
  if (message === undefined || media === undefined) throw new Error('the message was not posted');
  return { message, media };
}

export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/** A copy without one field. */
export function without<T extends object, K extends keyof T>(object: T, key: K): Omit<T, K> {
  const copy: Partial<T> = { ...object };
  Reflect.deleteProperty(copy, key);
  return copy as Omit<T, K>;
}
