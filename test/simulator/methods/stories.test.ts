import { expect, onTestFinished, test } from 'vitest';
import { startSimulator } from '../../../src/simulator/server/server.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';
import { RawClient } from '../raw-client.js';
import { createTinyWorld } from '../tiny-world.js';

test('stories are returned by id, with their owners; missing ones are omitted', async () => {
  const tiny = createTinyWorld();
  const simulator = await startSimulator({ world: tiny.world });
  onTestFinished(() => simulator.close());
  const client = await RawClient.open(simulator, simulator.sessionFor(tiny.account.userId));
  onTestFinished(() => {
    client[Symbol.dispose]();
  });
  await client.greet();
  const peer = {
    _: 'inputPeerChannel',
    channel_id: 2001n,
    access_hash: tiny.world.chats.get(tiny.group)?.['access_hash'],
  };
  const ask = (id: readonly number[]): Promise<TlObject> =>
    client.answerTo(client.say({ _: 'stories.getStoriesByID', peer, id }));
  const media = { _: 'messageMediaUnsupported' };
  tiny.world.setStory(tiny.group, 4, { _: 'storyItem', id: 4, date: 1, expire_date: 2, media });
  tiny.world.setStory(tiny.group, 6, { _: 'storyItemDeleted', id: 6 });

  expect(await ask([4, 5, 6])).toMatchObject({
    _: 'stories.stories',
    count: 2,
    stories: [
      { _: 'storyItem', id: 4 },
      { _: 'storyItemDeleted', id: 6 },
    ],
    chats: [{ _: 'channel', id: 2001n }],
  });
  expect(await ask([])).toMatchObject({ _: 'rpc_error', error_message: 'STORY_ID_EMPTY' });
  const tooMany = Array.from({ length: 101 }, (_, index) => index + 1);
  expect(await ask(tooMany)).toMatchObject({ _: 'rpc_error', error_message: 'STORIES_TOO_MUCH' });
});
