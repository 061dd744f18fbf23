import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openTelegramSource, type TelegramSourceOptions } from '../../../../src/source/telegram/telegram-source.js';
import {
  addGroup,
  emptyWorld,
  fileOf,
  neverAborted,
  postDocument,
  postedMedia,
  sha256,
  SimulatedTelegram,
} from '../simulated-telegram.js';
import { AUTOMATIC } from '../patience.js';

const PART = 512 * 1024;
/** How long the server sits on each part: what arrives in less than that is under way together. */
const SERVER_MS = 40;
const signal = neverAborted();

let telegram: SimulatedTelegram;

beforeEach(async () => {
  telegram = await SimulatedTelegram.start(emptyWorld());
});

afterEach(() => telegram[Symbol.asyncDispose]());

/** Downloads one file of 12 parts. @returns when its parts were asked for. */
async function partArrivals(
  options: Partial<Pick<TelegramSourceOptions, 'maxFiles' | 'splitsFiles'>>,
): Promise<readonly number[]> {
  const { world, simulator, folder } = telegram;
  const bytes = randomBytes(12 * PART);
  const file = world.addDocument({ file: fileOf(bytes), mimeType: 'application/zip', attributes: [], dcId: 2 });
  const id = postDocument(world, addGroup(world, 1), file);
  await using source = await openTelegramSource({ ...telegram.clientOptions(), ...AUTOMATIC, ...options });
  const { message, media } = await postedMedia(source, id);

  const arrivals: number[] = [];
  simulator.setNetwork({
    fault: ({ method }) => {
      if (method !== 'upload.getFile') return undefined;
      arrivals.push(performance.now());
      return { delayMs: SERVER_MS };
    },
  });
  const done = await source.download(message, media, { path: join(folder, 'file'), signal });
  expect(done.sha256).toBe(sha256(bytes));
  return arrivals;
}

function mostTogether(arrivals: readonly number[]): number {
  const within = (from: number): number => arrivals.filter((at) => at >= from && at < from + SERVER_MS * 0.8).length;
  return Math.max(...arrivals.map(within));
}

describe('concurrent parts of one file', () => {
  it('are two if the number of concurrent files is set', async () => {
    const arrivals = await partArrivals({ maxFiles: 8 });
    expect(arrivals).toHaveLength(12);
    expect(mostTogether(arrivals)).toBe(2);
  });

  it.each([{ maxFiles: 8 }, {}])('are one if files are not split, with %o', async (options) => {
    expect(mostTogether(await partArrivals({ ...options, splitsFiles: false }))).toBe(1);
  });

  it('are as many as the connection supports if it is automatic', async () => {
    expect(mostTogether(await partArrivals({}))).toBeGreaterThan(2);
  });
});
