import { createHash } from 'node:crypto';
import { Api } from 'telegram';
import { expect, onTestFinished, test } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/server/server.js';
import { closeGramjs, gramjsClient } from './gramjs-client.js';
import { createTinyWorld, type TinyWorld } from './tiny-world.js';

async function started(): Promise<{ tiny: TinyWorld; simulator: Simulator }> {
  const tiny = createTinyWorld();
  const simulator = await startSimulator({ world: tiny.world });
  onTestFinished(() => simulator.close());
  return { tiny, simulator };
}

test('gramjs reads a whole history with a session made without a handshake', async () => {
  const { tiny, simulator } = await started();
  const client = gramjsClient(simulator, simulator.sessionFor(tiny.account.userId));
  onTestFinished(() => closeGramjs(client));
  expect(await client.connect()).toBe(true);

  const ids: number[] = [];
  for await (const message of client.iterMessages('tinygroup', { limit: 1000 })) ids.push(message.id);
  expect(ids.reverse()).toEqual(tiny.groupIds);
  expect([...simulator.unserved.keys()]).toEqual([]);
});

test('gramjs downloads a document from a foreign data centre and a photo from its own', async () => {
  const { tiny, simulator } = await started();
  const client = gramjsClient(simulator, simulator.sessionFor(tiny.account.userId));
  onTestFinished(() => closeGramjs(client));
  await client.connect();

  const messages = await client.getMessages('tinygroup', { ids: [tiny.document.messageId, tiny.photo.messageId] });
  const contents = await Promise.all(messages.map((message) => client.downloadMedia(message)));
  const hashes = contents.map((content) =>
    createHash('sha256')
      .update(content as Buffer)
      .digest('hex'),
  );
  expect(hashes).toEqual([tiny.document.sha256, tiny.photo.sha256]);
  expect(simulator.calls.get('auth.importAuthorization')).toBe(1);
});

test('gramjs logs in by phone, code and password', async () => {
  const { tiny, simulator } = await started();
  const client = gramjsClient(simulator);
  onTestFinished(() => closeGramjs(client));
  await client.connect();
  await client.start({
    phoneNumber: () => Promise.resolve(tiny.account.phone),
    phoneCode: () => Promise.resolve(tiny.account.code),
    password: () => Promise.resolve(tiny.account.password),
    onError: (error) => {
      throw error;
    },
  });
  const me = await client.getMe();
  expect(me).toBeInstanceOf(Api.User);
  expect(me.firstName).toBe('Ada');
});
