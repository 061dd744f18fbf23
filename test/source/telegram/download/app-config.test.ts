import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { FaultAnswer, FaultRequest } from '../../../../src/simulator/server/network.js';
import type { TlObject, TlValue } from '../../../../src/simulator/tl/tl-object.js';
import { readFileLimits } from '../../../../src/source/telegram/download/app-config.js';
import {
  addGroup,
  collect,
  emptyWorld,
  fileOf,
  neverAborted,
  postDocument,
  SimulatedTelegram,
} from '../simulated-telegram.js';

const PART = 512 * 1024;
const FILE_BYTES = 3 * PART;
const SMALL = 'small_queue_max_active_operations_count';
const LARGE = 'large_queue_max_active_operations_count';

function appConfig(entries: Readonly<Record<string, TlValue>>): FaultAnswer {
  const value = Object.entries(entries).map(([key, one]): TlObject => ({ _: 'jsonObjectValue', key, value: one }));
  return { answer: { _: 'help.appConfig', hash: 7, config: { _: 'jsonObject', value } } };
}

function count(value: number): TlObject {
  return { _: 'jsonNumber', value };
}

/** A Telegram that answers the question for the configuration like this. */
async function telegramWith(answer: FaultAnswer | undefined): Promise<SimulatedTelegram> {
  const world = emptyWorld();
  addGroup(world, 1);
  const telegram = await SimulatedTelegram.start(world);
  onTestFinished(() => telegram[Symbol.asyncDispose]());
  telegram.simulator.setNetwork({ fault: ({ method }) => (method === 'help.getAppConfig' ? answer : undefined) });
  return telegram;
}

describe('the limits of concurrent files', () => {
  it.each([
    ['what Telegram says', undefined, { small: 5, large: 2 }],
    ['other numbers, when it says others', appConfig({ [SMALL]: count(3), [LARGE]: count(9) }), { small: 3, large: 9 }],
    ['the usual ones where it says nothing', appConfig({ other: count(3) }), { small: 5, large: 2 }],
    [
      'the usual ones where it says nonsense',
      appConfig({ [SMALL]: count(0), [LARGE]: { _: 'jsonString', value: '4' } }),
      { small: 5, large: 2 },
    ],
    [
      'the usual ones where it has nothing new to say',
      { answer: { _: 'help.appConfigNotModified' } },
      { small: 5, large: 2 },
    ],
  ])('are %s', async (_, answer, limits) => {
    const telegram = await telegramWith(answer);
    const client = await telegram.openClient();
    expect(await readFileLimits(client, neverAborted())).toEqual(limits);
  });
});

/** Fetches nine files at once. @returns how many were under way at once at most. */
async function mostAtOnce(telegram: SimulatedTelegram, answer: FaultAnswer, maxFiles?: number): Promise<number> {
  const { world, simulator, folder } = telegram;
  const files = Array.from({ length: 9 }, () =>
    world.addDocument({ file: fileOf(randomBytes(FILE_BYTES)), mimeType: 'video/mp4', attributes: [], dcId: 2 }),
  );
  const ids = files.map((document) => postDocument(world, 'channel:5001', document));
  const underWay = new Set<bigint>();
  let most = 0;
  let isAnswered = (): void => undefined;
  const answered = new Promise<void>((resolve) => (isAnswered = resolve));
  simulator.setNetwork({
    fault: ({ method, params }: FaultRequest) => {
      if (method === 'help.getAppConfig') {
        isAnswered();
        return answer;
      }
      if (method === 'upload.getFile') {
        underWay.add((params['location'] as unknown as { id: bigint }).id);
        most = Math.max(most, underWay.size);
      }
      return undefined;
    },
  });
  const source = await telegram.openSource(maxFiles === undefined ? {} : { maxFiles });
  if (maxFiles === undefined) await answered;
  const chat = await source.resolveChat('@harbour_crew', neverAborted());
  const messages = await collect(source.messages(chat, ids, neverAborted()));
  await Promise.all(
    messages.map(async (message, index) => {
      const [media] = message.media;
      if (media === undefined) throw new Error('the message carries no file');
      let missingBytes = FILE_BYTES;
      const onBytes = (bytes: number): void => {
        missingBytes -= bytes;
        if (missingBytes === 0) underWay.delete(BigInt(media.remoteId?.replace('document:', '') ?? 0));
      };
      await source.download(message, media, { path: join(folder, String(index)), signal: neverAborted(), onBytes });
    }),
  );
  return most;
}

describe('concurrent files', () => {
  const oneEach = appConfig({ [SMALL]: count(1), [LARGE]: count(1) });

  it('are limited as Telegram asks', async () => {
    expect(await mostAtOnce(await telegramWith(undefined), oneEach)).toBe(1);
  });

  it('are limited by the user setting, if there is one', async () => {
    expect(await mostAtOnce(await telegramWith(undefined), oneEach, 8)).toBeGreaterThan(1);
  });

  it('are fetched even if Telegram does not answer the request for limits', async () => {
    expect(await mostAtOnce(await telegramWith(undefined), { error: 'BOT_METHOD_INVALID', code: 400 })).toBeLessThan(6);
  });
});
