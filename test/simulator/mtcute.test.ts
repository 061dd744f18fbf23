import { createHash } from 'node:crypto';
import type { TelegramClient } from '@mtcute/node';
import { expect, onTestFinished, test } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/server/server.js';
import { mtcuteClient } from './mtcute-client.js';
import { createTinyWorld, type TinyWorld } from './tiny-world.js';

interface Started {
  readonly tiny: TinyWorld;
  readonly simulator: Simulator;
  readonly client: TelegramClient;
}

async function started(options: { readonly usePfs?: boolean } = {}): Promise<Started> {
  const tiny = createTinyWorld();
  const simulator = await startSimulator({ world: tiny.world });
  onTestFinished(() => simulator.close());
  const client = await mtcuteClient(simulator, options);
  onTestFinished(() => client.destroy());
  return { tiny, simulator, client };
}

const quiet = (): void => undefined;

async function login({ tiny: { account }, client }: Started): Promise<void> {
  await client.start({
    phone: account.phone,
    code: () => account.code,
    password: account.password,
    codeSentCallback: quiet,
  });
}

test('mtcute logs in by phone, code and password, reads a history and downloads from two data centres', async () => {
  const all = await started();
  const { tiny, simulator, client } = all;
  await login(all);
  expect((await client.getMe()).firstName).toBe('Ada');

  const ids: number[] = [];
  const hashes = new Map<number, string>();
  for await (const message of client.iterHistory('tinygroup')) {
    ids.push(message.id);
    const { media } = message;
    if (media?.type !== 'document' && media?.type !== 'photo') continue;
    hashes.set(
      message.id,
      createHash('sha256')
        .update(await client.downloadAsBuffer(media))
        .digest('hex'),
    );
  }
  expect(ids.reverse()).toEqual(tiny.groupIds);
  expect(hashes.get(tiny.document.messageId)).toBe(tiny.document.sha256);
  expect(hashes.get(tiny.photo.messageId)).toBe(tiny.photo.sha256);
  expect([...simulator.unserved.keys()]).toEqual([]);
});

test('mtcute lists every dialog, page after page', async () => {
  const all = await started();
  await login(all);
  const titles: string[] = [];
  for await (const dialog of all.client.iterDialogs()) titles.push(dialog.peer.displayName);
  expect(titles.sort()).toEqual(['Bob', 'Closed doors', 'Tiny group']);
});

test('mtcute logs in with a bot token', async () => {
  const { tiny, client } = await started();
  const me = await client.start({ botToken: tiny.bot.botToken });
  expect(me.isBot).toBe(true);
});

test('mtcute works with a temporary key that is bound to its permanent one', async () => {
  const all = await started({ usePfs: true });
  await login(all);
  expect((await all.client.getMe()).firstName).toBe('Ada');
  expect(all.simulator.calls.get('auth.bindTempAuthKey')).toBeGreaterThan(0);
});
