import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { SeededRandom } from '../../../src/simulator/world/seeded-random.js';
import type { UploadProgress } from '../../../src/upload/progress/upload-progress.js';
import { parseSession, type UploadSession } from '../../../src/upload/session/upload-session.js';
import { OpenaiTarget } from '../../../src/upload/targets/openai/openai-target.js';
import { OpenaiServer } from '../servers/openai-server.js';
import { ProtocolS3FarEnd } from '../targets/protocol-s3-far-end.js';
import { FullTusFarEnd, TusNodeFarEnd } from '../targets/tus/far-ends.js';
import type { UploadTarget } from '../../../src/upload/upload-target.js';
import { testRun, type TestRun } from '../upload-run.js';

const PART_BYTES = 128 * 1024;
const FILE_BYTES = 24 * PART_BYTES + 12_345;
const FIRST_KILL = 0.3;
/** Percent: a twentieth of the file, and a little for pieces that are on the line and not told yet. */
const MOST_AHEAD = 7.5;
/** Turns of the event loop that a write to a slow disk takes: many parts arrive meanwhile. */
const MOST_TURNS = 400;

interface Place extends AsyncDisposable {
  open(): UploadTarget | Promise<UploadTarget>;
}

async function openaiPlace(): Promise<Place> {
  const apiKey = 'canary-key';
  const server = await new OpenaiServer({ apiKey, now: Date.now }).listen();
  const connection = { connectionCount: 3, timeoutMs: 10_000 };
  return {
    open: () =>
      new OpenaiTarget({ ...connection, apiKey, baseUrl: server.baseUrl, purpose: 'user_data', wholeUpToBytes: 0 }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The session as a run would find it if this one were killed now. Read at once, before anything else can happen. */
function sessionOnDisk(folder: string): { readonly path: string; readonly session: UploadSession } | undefined {
  const sessions = join(folder, 'sessions');
  const name = readdirSync(sessions).find((one) => one.endsWith('.session.json'));
  if (name === undefined) return undefined;
  const path = join(sessions, name);
  const session = parseSession(readFileSync(path, 'utf8'));
  return session === undefined ? undefined : { path, session };
}

/** Writes of sessions take long, each another time. The bytes go on meanwhile. */
function slowDown({ run: { sessions } }: TestRun, random: SeededRandom): void {
  const write = sessions.write.bind(sessions);
  sessions.write = async (session) => {
    for (let turns = random.int(0, MOST_TURNS); turns > 0; turns -= 1) await turnOfTheLoop();
    await write(session);
  };
}

describe.each<readonly [string, () => Promise<Place>]>([
  ['that lists parts', () => ProtocolS3FarEnd.start()],
  ['by the receipts of its parts', openaiPlace],
  ['that takes bytes in order', () => TusNodeFarEnd.open()],
  ['that takes several stretches in order', () => FullTusFarEnd.open()],
])('An upload to a store %s, with a disk that is slow', (_, openPlace) => {
  it.each([1, 2, 3])(
    'shows nothing that the next run would not begin with, and goes on from there (%d)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const folder = mkdtempSync(join(tmpdir(), 'chatferry-promised-'));
      try {
        await using place = await openPlace();
        const item = { path: join(folder, 'film.mp4'), name: 'film.mp4' };
        writeFileSync(item.path, randomBytes(FILE_BYTES));
        const killed = join(folder, 'killed.json');
        // An error would be taken for one of the line, and tried again.
        const wrong: string[] = [];
        let shown = 0;
        let promisedCount = 0;
        for (let killAt = FIRST_KILL; ; killAt += 0.3) {
          await using target = await place.open();
          const kill = new AbortController();
          let found: ReturnType<typeof sessionOnDisk>;
          const onEvent = ({ stage, percentage, sentBytes }: UploadProgress): void => {
            if (kill.signal.aborted) return; // A killed run shows nothing more.
            if (percentage < shown) wrong.push(`${shown} % were shown, and then ${percentage} %`);
            shown = percentage;
            if (stage === 'complete') return;
            found = sessionOnDisk(folder);
            const promised = found?.session.shownPercentage ?? 0;
            if (promised < percentage) wrong.push(`${percentage} % were shown, and the session says ${promised} %`);
            if (percentage > 0) promisedCount += 1;
            // A run that goes on has what the earlier one had shown as well.
            const ahead = promised - (100 * sentBytes) / FILE_BYTES;
            if (killAt === FIRST_KILL && ahead > MOST_AHEAD)
              wrong.push(`the session says ${ahead} % more than was sent`);
            if (found === undefined || sentBytes < killAt * FILE_BYTES) return;
            copyFileSync(found.path, killed);
            kill.abort(new Error('killed'));
          };
          using run = await testRun({ target, folder, chosenPartBytes: PART_BYTES, onEvent });
          slowDown(run, random);
          await target.check(kill.signal);
          const end = run.upload([item], kill.signal);
          if (killAt < 0.9) {
            await expect(end).rejects.toThrow('killed');
            if (found !== undefined) copyFileSync(killed, found.path); // What it wrote after it was killed did not happen.
            continue;
          }
          expect(await end).toMatchObject([{ state: 'uploaded' }]);
          break;
        }
        expect(wrong).toEqual([]);
        expect(shown).toBe(100);
        expect(promisedCount).toBeGreaterThan(5);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
