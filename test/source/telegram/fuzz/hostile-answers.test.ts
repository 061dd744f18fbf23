import type { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { createSyntheticWorld } from '../../../../src/simulator/world/synthetic-world.js';
import { startSimulator } from '../../../../src/simulator/server/server.js';
import { ChatferryError } from '../../../../src/errors/chatferry-error.js';
import { TelegramClient } from '../../../../src/source/telegram/wire/client.js';
import { neverAborted } from '../simulated-telegram.js';
import { hostileAnswer } from './hostile-bytes.js';
import { eatHostileAnswers, expectHarmless, stopWhileEating } from './hostile-run.js';
import { recordAnswers, requests } from './recorded-answers.js';
import { PATIENCE } from '../patience.js';

const SEED = 20_000;

describe('answers of a hostile server', () => {
  it('are each accepted or refused, in bounded memory and time', async () => {
    expectHarmless(await eatHostileAnswers(2000, SEED), 2000);
  });

  it('do not delay an abort', async () => {
    const { exitCode, ms } = await stopWhileEating(SEED);
    expect(exitCode).toBe(6);
    expect(ms).toBeLessThan(2000);
  });

  it.each([true, false])(
    'over the network, fast path %s: the client refuses them and keeps working',
    async (fastPath) => {
      const world = createSyntheticWorld({ messageCount: 10 });
      await using simulator = await startSimulator({ world });
      const session = simulator.sessionFor(world.account.userId);
      const { dcs: dcAddresses, publicKeyPem } = simulator;
      const signal = neverAborted();
      const known = { apiId: 1, apiHash: 'hash', session, dcAddresses, publicKeyPem, signal };
      await using client = await TelegramClient.open({ ...PATIENCE, ...known, fastPath, requestTimeoutMs: 5000 });
      const recorded = new Map((await recordAnswers()).map(({ method, bytes }) => [method, bytes]));
      let refusedCount = 0;
      let seed = SEED;
      for (let turn = 0; turn < 10; turn += 1) {
        for (const [method, request] of requests()) {
          seed += 1;
          const hostile = hostileAnswer(recorded.get(method) ?? Buffer.alloc(0), seed);
          // A message of another length than a multiple of four is none, and waited for in vain.
          const bytes = Buffer.concat([hostile, Buffer.alloc((4 - (hostile.length % 4)) % 4)]);
          simulator.setNetwork({ fault: () => ({ answer: { _: '#raw', bytes } }) });
          const outcome = await client.invoke(request, { signal, maxRetries: 0 }).catch((error: unknown) => error);
          if (!(outcome instanceof Error)) continue;
          expect(outcome).toBeInstanceOf(ChatferryError);
          refusedCount += 1;
        }
      }
      expect(refusedCount).toBeGreaterThan(20);
      simulator.setNetwork({});
      const users = requests().get('users.GetUsers') as Api.users.GetUsers;
      await expect(client.invoke(users, { signal })).resolves.toHaveLength(1);
    },
  );
});
