import bigInt from 'big-integer';
import { Api } from 'telegram';

import { createSyntheticWorld } from '../../../../src/simulator/world/synthetic-world.js';
import { startSimulator } from '../../../../src/simulator/server/server.js';
import { TelegramClient } from '../../../../src/source/telegram/wire/client.js';
import { selfCheckedRequest } from '../../../../src/source/telegram/wire/wire-request.js';
import { neverAborted } from '../simulated-telegram.js';
import { PATIENCE } from '../patience.js';

/** An answer of the simulator, as bytes. */
export interface RecordedAnswer {
  readonly method: string;
  readonly bytes: Buffer;
}

const CHANNEL_ID = bigInt(1_900_000_001);

/** How many messages a page of {@link requests} asks for. */
export const PAGE_MESSAGES = 100;

/**
 * One question of each kind that is asked of a server, by its name.
 *
 * @param accessHash - Of the channel, for who wants true answers.
 */
export function requests(accessHash: bigInt.BigInteger = bigInt.zero): ReadonlyMap<string, Api.AnyRequest> {
  const peer = new Api.InputPeerChannel({ channelId: CHANNEL_ID, accessHash });
  const channel = new Api.InputChannel({ channelId: CHANNEL_ID, accessHash });
  const empty = { offsetDate: 0, offsetId: 0, limit: PAGE_MESSAGES, hash: bigInt.zero };
  const all: readonly Api.AnyRequest[] = [
    new Api.messages.GetHistory({ peer, ...empty, addOffset: 0, maxId: 0, minId: 0 }),
    new Api.channels.GetMessages({ channel, id: [1, 2, 3, 4].map((id) => new Api.InputMessageID({ id })) }),
    new Api.messages.GetDialogs({ ...empty, offsetPeer: new Api.InputPeerEmpty() }),
    new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }),
    new Api.channels.GetFullChannel({ channel }),
    new Api.channels.GetChannels({ id: [channel] }),
    new Api.contacts.ResolveUsername({ username: 'synthetic_chat' }),
    new Api.help.GetConfig(),
    new Api.help.GetAppConfig({ hash: 0 }),
    new Api.help.GetCdnConfig(),
  ];
  return new Map(all.map((request) => [request.className, request]));
}

/** What a simulator answers to each of them that it takes. */
export async function recordAnswers(): Promise<readonly RecordedAnswer[]> {
  const world = createSyntheticWorld({ messageCount: 200, sizeRatio: 0.01 });
  await using simulator = await startSimulator({ world });
  const session = simulator.sessionFor(world.account.userId);
  const { dcs: dcAddresses, publicKeyPem } = simulator;
  const signal = neverAborted();
  await using client = await TelegramClient.open({
    ...PATIENCE,
    apiId: 1,
    apiHash: 'hash',
    session,
    dcAddresses,
    publicKeyPem,
    signal,
  });
  const answers: RecordedAnswer[] = [];
  const { chats } = await client.invoke(new Api.contacts.ResolveUsername({ username: world.username }), { signal });
  const [channel] = chats;
  if (!(channel instanceof Api.Channel)) throw new Error('the world has no channel');
  for (const [method, request] of requests(channel.accessHash)) {
    const bytes = selfCheckedRequest(request, (reader) => Buffer.from(reader.getBuffer()));
    answers.push({ method, bytes: await client.call(bytes, { signal }) });
  }
  return answers;
}
