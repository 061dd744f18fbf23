/** A test of another Telegram client, against a Telegram server in the test's own process. Run it with `node --test`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MemoryStorage, TelegramClient } from '@mtcute/node';
import { addPublicKey, NodeCryptoProvider } from '@mtcute/node/utils.js';
import { startSimulator, WorldBuilder } from 'chatferry/simulator';

test('my client reads a chat, though the server is slow and orders a pause', async () => {
  // The world: one account, and one supergroup with two messages.
  const world = new WorldBuilder();
  world.addAccount({ userId: 1n, phone: '9990000001', code: '12345' });
  world.addUser(1n, { self: true, first_name: 'Ada', phone: '9990000001' });
  const chat = world.addChannel(100n, 'Harbour', { megagroup: true, username: 'harbour' });
  world.post(chat, { message: 'The boat is in.', from_id: { _: 'peerUser', user_id: 1n } });
  world.post(chat, { message: 'On my way.', from_id: { _: 'peerUser', user_id: 1n } });

  // The server: two data centres on free ports of 127.0.0.1. The first request for the history is refused for a second.
  const telegram = await startSimulator({
    world,
    network: {
      latencyMs: 20,
      fault: ({ method, callNumber }) =>
        method === 'messages.getHistory' && callNumber === 1 ? { error: 'FLOOD_WAIT_1' } : undefined,
    },
  });

  // The client under test needs the server's address and public key.
  const crypto = new NodeCryptoProvider();
  await crypto.initialize();
  addPublicKey(crypto, telegram.publicKeyPem);
  const home = telegram.dcs.map(({ id, host, port }) => ({ id, ipAddress: host, port }))[0];
  assert.ok(home);
  const client = new TelegramClient({
    apiId: 1,
    apiHash: 'any',
    storage: new MemoryStorage(),
    crypto,
    defaultDcs: { main: home, media: home },
    disableUpdates: true,
  });
  try {
    await client.start({ phone: '+9990000001', code: () => '12345' });
    const history = await client.getHistory('harbour');
    assert.deepEqual(
      history.map(({ text }) => text),
      ['On my way.', 'The boat is in.'],
    );
    assert.equal(telegram.calls.get('messages.getHistory'), 2);
    assert.equal(telegram.unserved.size, 0);
  } finally {
    await client.destroy();
    await telegram.close();
  }
});
