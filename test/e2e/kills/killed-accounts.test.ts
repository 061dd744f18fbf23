import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { patternedFile } from '../../../src/simulator/world/world-file.js';
import type { WorldBuilder } from '../../../src/simulator/world/world-builder.js';
import { ADA, BOB, CLEO, SeveralAccounts, worldOfAccounts } from '../../app/several-accounts.js';
import { startProgram } from '../program.js';

/** Chats that both accounts have, each with photos, and a channel that Ada is shown less of. */
function worldToKillIn(): WorldBuilder {
  const world = worldOfAccounts();
  const group = world.addBasicGroup(55n, 'Harbour');
  const channel = world.addChannel(8001n, 'News', { megagroup: true });
  for (const peer of [group, channel]) world.openDialog(peer, BOB);
  world.skipIds(group, 7, { owner: BOB });
  for (let number = 1; number <= 24; number += 1) {
    const file = patternedFile(BigInt(number), 20_000);
    const photo = world.addPhoto({ sizes: [{ type: 'y', width: 800, height: 600, file }] });
    const fields = { message: `number ${number}`, media: { _: 'messageMediaPhoto', photo } };
    if (number % 3 === 0) world.deliver(group, fields, { sender: CLEO });
    else if (number % 3 === 1) world.post(channel, fields);
    else for (const owner of [ADA, BOB]) world.post(`user:${CLEO}`, { ...fields, message: `to ${owner}` }, { owner });
  }
  world.hideBefore(channel, 4, { owner: ADA });
  return world;
}

/** Runs the real program until the server was asked for so many parts of files, and kills it then. @returns whether it was killed. */
async function exportUntil(accounts: SeveralAccounts, account: bigint, parts: number): Promise<boolean> {
  const keyFile = join(accounts.directory, 'key.pem');
  await writeFile(keyFile, accounts.simulator.publicKeyPem);
  const program = startProgram(['export', '--all'], {
    cwd: accounts.directory,
    env: {
      TELEGRAM_API_ID: '1',
      TELEGRAM_API_HASH: '0123456789abcdef0123456789abcdef',
      TELEGRAM_SESSION: accounts.simulator.sessionFor(account),
      TELEGRAM_DC_ADDRESSES: accounts.simulator.dcs.map(({ id, host, port }) => `${id}=${host}:${port}`).join(','),
      TELEGRAM_PUBLIC_KEY_FILE: keyFile,
      EXPORT_DIR: accounts.path('killed'),
      MEDIA_DERIVATIVES: 'false',
      TIME_ZONE: 'UTC',
    },
  });
  program.stdout.resume();
  program.stderr.resume();
  const end = once(program, 'close');
  let count = 0;
  accounts.simulator.setNetwork({
    fault: ({ method }) => {
      if (method !== 'upload.getFile') return undefined;
      count += 1;
      if (count < parts) return undefined;
      program.kill('SIGKILL');
      return 'silent';
    },
  });
  await end;
  accounts.simulator.setNetwork({});
  return program.signalCode === 'SIGKILL';
}

it('two accounts, killed by turns in one archive, end with what they have without', { timeout: 240_000 }, async () => {
  const world = worldToKillIn();
  await using accounts = await SeveralAccounts.start(world);
  for (const account of [ADA, BOB]) await accounts.export(account, { into: 'whole' });

  let killCount = 0;
  for (const [account, parts] of [
    [ADA, 2],
    [BOB, 3],
    [ADA, 5],
    [BOB, 2],
    [BOB, 4],
    [ADA, 3],
  ] as const) {
    if (await exportUntil(accounts, account, parts)) killCount += 1;
  }
  expect(killCount).toBeGreaterThanOrEqual(4);
  for (const account of [BOB, ADA]) expect((await accounts.export(account, { into: 'killed' })).exitCode).toBe(0);

  expect(await accounts.texts('killed')).toEqual(await accounts.texts('whole'));
  expect(Object.keys(await accounts.texts('killed'))).toHaveLength(5);
  for (const account of [ADA, BOB]) {
    const { chats, exitCode } = await accounts.export(account, { into: 'killed' });
    expect(exitCode).toBe(0);
    expect(chats.flatMap(({ missing }) => missing)).toEqual([]);
    expect(chats.every(({ newMessageCount }) => newMessageCount === 0)).toBe(true);
  }
});
