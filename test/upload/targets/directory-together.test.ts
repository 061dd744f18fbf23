import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { endAbandoned } from '../../../src/app/upload/abandoned-uploads.js';
import { openSessionRoom } from '../../../src/app/upload/session-room.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { SeededRandom } from '../../../src/simulator/world/seeded-random.js';
import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import type { UploadedFile } from '../../../src/upload/uploaded-file.js';
import type { UploadTarget } from '../../../src/upload/upload-target.js';
import { testRun, type TestRunOptions } from '../upload-run.js';
import { changedTarget } from './changed-target.js';
import { type Cut, cutTarget } from './cuts.js';

const PART_BYTES = 65_536;
const NAME = 'in/film.mp4';

let folder: string;
let content: Buffer;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatferry-together-'));
  content = randomBytes(3 * PART_BYTES + 1000);
  writeFileSync(join(folder, 'film.mp4'), content);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A run with sessions of its own. @param sessions - Its folder. */
async function upload(
  sessions: string,
  change: (target: UploadTarget) => UploadTarget = (target) => target,
  choices: Partial<TestRunOptions> = {},
): Promise<readonly UploadedFile[]> {
  await using target = new DirectoryTarget(join(folder, 'out'));
  await target.check();
  const own = join(folder, sessions);
  mkdirSync(own, { recursive: true });
  using run = await testRun({ target: change(target), folder: own, chosenPartBytes: PART_BYTES, ...choices });
  return await run.upload([{ path: join(folder, 'film.mp4'), name: NAME }]);
}

async function cutOff(sessions: string, cut: Cut): Promise<void> {
  const files = await upload(sessions, (target) => cutTarget(target, cut), { maxRetries: 0 });
  expect(files).toMatchObject([{ state: 'failed', reason: `The line broke ${cut}.` }]);
}

function filesThere(): readonly string[] {
  return readdirSync(join(folder, 'out'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

function expectOnlyTheFile(): void {
  expect(filesThere()).toEqual(['film.mp4']);
  expect(readFileSync(join(folder, 'out', NAME)).equals(content)).toBe(true);
}

/** The target with pauses before what it does, as a scheduler might make them. */
function unevenly(target: UploadTarget, random: SeededRandom): UploadTarget {
  const pause = async (): Promise<void> => {
    for (let left = random.int(0, 20); left > 0; left -= 1) await turn();
  };
  return changedTarget(target, {
    begin: async (...args) => {
      await pause();
      return await target.begin(...args);
    },
    sendPart: async (...args) => {
      await pause();
      return await target.sendPart(...args);
    },
    complete: async (...args) => {
      await pause();
      return await target.complete(...args);
    },
  });
}

it.each(['before the second part', 'before the end'])(
  'one that sends the same file from beginning to end while another is %s disturbs neither',
  async (moment) => {
    let between: readonly UploadedFile[] = [];
    const meanwhile = async (): Promise<void> => {
      if (between.length === 0) between = await upload('second');
    };
    const first = await upload(
      'first',
      (target) =>
        changedTarget(target, {
          sendPart: async (...args) => {
            if (moment === 'before the second part' && args[1].part.index === 1) await meanwhile();
            return target.sendPart(...args);
          },
          complete: async (...args) => {
            if (moment === 'before the end') await meanwhile();
            return target.complete(...args);
          },
        }),
      { most: 1 },
    );
    expect([first, between]).toMatchObject([[{ state: 'uploaded' }], [{ state: 'uploaded' }]]);
    expectOnlyTheFile();
  },
);

it('two runs at once on one file both succeed, in whatever order they come to do things', async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    rmSync(join(folder, 'out'), { recursive: true, force: true });
    const runs = ['one', 'other'].map((name, index) =>
      upload(`${name}-${seed}`, (target) => unevenly(target, new SeededRandom(2 * seed + index))),
    );
    expect(await Promise.all(runs), `seed ${seed}`).toMatchObject([[{ state: 'uploaded' }], [{ state: 'uploaded' }]]);
    expectOnlyTheFile();
  }
}, 60_000);

it('one that was cut off goes on with its own parts, although another has brought the file meanwhile', async () => {
  await cutOff('first', 'before the end');
  expect(await upload('second')).toMatchObject([{ state: 'uploaded' }]);
  expect(await upload('first')).toMatchObject([{ state: 'uploaded' }]);
  expectOnlyTheFile();
});

it('a run that goes on counts the bytes that it sent, and not those that were there', async () => {
  await cutOff('first', 'before the end');
  await using target = new DirectoryTarget(join(folder, 'out'));
  using run = await testRun({ target, folder: join(folder, 'first'), chosenPartBytes: PART_BYTES });
  expect(await run.upload([{ path: join(folder, 'film.mp4'), name: NAME }])).toMatchObject([{ state: 'uploaded' }]);
  expect(run.run.rollout.metrics.parallel).toMatchObject({ fileCount: 1, sentBytes: 0 });
  writeFileSync(join(folder, 'film.mp4'), Buffer.concat([content, content]));
  expect(await run.upload([{ path: join(folder, 'film.mp4'), name: NAME }])).toMatchObject([{ state: 'uploaded' }]);
  expect(run.run.rollout.metrics.parallel).toMatchObject({ fileCount: 2, sentBytes: 2 * content.length });
});

it('what was begun and not written down leaves no file', async () => {
  await cutOff('first', 'when the beginning is lost');
  expect(filesThere()).toEqual([]);
});

it('what a lost session left is found and removed, and what another began stays', async () => {
  for (const sessions of ['mine', 'others']) await cutOff(sessions, 'before the end');
  expect(filesThere()).toHaveLength(2);
  const env = { UPLOAD_SESSION_DIR: join(folder, 'mine/sessions') };
  const { settings } = loadSettings({ cwd: folder, env, homeDirectory: folder });
  const end = async (): Promise<number> => {
    using room = await openSessionRoom(settings);
    const context = { room, settings, cwd: folder };
    return await endAbandoned(`dir:${join(folder, 'out')}`, context, new AbortController().signal);
  };
  expect(await end()).toBe(0);
  for (const name of readdirSync(env.UPLOAD_SESSION_DIR)) {
    if (name.endsWith('.session.json')) rmSync(join(env.UPLOAD_SESSION_DIR, name));
  }
  expect(await end()).toBe(1);
  expect(filesThere()).toHaveLength(1);
  expect(await upload('others')).toMatchObject([{ state: 'uploaded' }]);
  expectOnlyTheFile();
});

describe('Two runs with other bytes under one name', () => {
  const others = randomBytes(PART_BYTES + 17);

  /** Another run, with other bytes. */
  async function uploadOthers(): Promise<readonly UploadedFile[]> {
    const path = join(folder, 'other.mp4');
    writeFileSync(path, others);
    await using target = new DirectoryTarget(join(folder, 'out'));
    await target.check();
    using run = await testRun({ target, folder: made('others'), chosenPartBytes: PART_BYTES });
    return await run.upload([{ path, name: NAME }]);
  }

  function made(name: string): string {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  }

  it.each(['nothing', 'an older file'])(
    'keep what the one put there that was told so, where %s had the name, and the other is told why',
    async (before) => {
      if (before === 'an older file') {
        mkdirSync(join(folder, 'out/in'), { recursive: true });
        writeFileSync(join(folder, 'out', NAME), 'older');
      }
      let between: readonly UploadedFile[] = [];
      const first = await upload('first', (target) =>
        changedTarget(target, {
          complete: async (...args) => {
            between = await uploadOthers();
            return target.complete(...args);
          },
        }),
      );
      expect(between).toMatchObject([{ state: 'uploaded' }]);
      expect(first).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
      expect(first[0]).toHaveProperty('reason', expect.stringMatching(/was put there by another since .* stays/));
      expect(JSON.stringify(first)).not.toContain('again');
      expect(filesThere()).toEqual(['film.mp4']);
      expect(readFileSync(join(folder, 'out', NAME)).equals(others)).toBe(true);
    },
  );

  it('keep what was put there by a run that is not over when another that began before comes to that file', async () => {
    await using target = new DirectoryTarget(join(folder, 'out'));
    await target.check();
    await new Promise((resolve) => setTimeout(resolve, 20)); // Clocks of disks go in steps of 4 ms or 10.
    expect(await uploadOthers()).toMatchObject([{ state: 'uploaded' }]);
    using run = await testRun({ target, folder: made('first'), chosenPartBytes: PART_BYTES });
    const files = await run.upload([{ path: join(folder, 'film.mp4'), name: NAME }]);
    expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
    expect(readFileSync(join(folder, 'out', NAME)).equals(others)).toBe(true);
  });

  it('tell the one apart whose file was replaced right after it had its name', async () => {
    const first = await upload('first', (target) =>
      changedTarget(target, {
        complete: async (...args) => {
          const remote = await target.complete(...args);
          writeFileSync(join(folder, 'replacing'), others);
          renameSync(join(folder, 'replacing'), remote.id);
          return remote;
        },
      }),
    );
    expect(first).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
    expect(first[0]).toHaveProperty('reason', expect.stringContaining('was replaced by another right after'));
  });

  it('replace what a run that has ended put there, as a file of anybody is', async () => {
    await cutOff('first', 'before the end');
    expect(await uploadOthers()).toMatchObject([{ state: 'uploaded' }]);
    expect(await upload('first')).toMatchObject([{ state: 'uploaded' }]);
    expectOnlyTheFile();
  });
});

it('a run that is asked to stop once a file has its name says that it is there, and leaves no session', async () => {
  const stop = new AbortController();
  await using own = new DirectoryTarget(join(folder, 'out'));
  await own.check();
  const target = changedTarget(own, {
    complete: async (...args) => {
      const remote = await own.complete(...args);
      stop.abort(new Error('stopped'));
      return remote;
    },
  });
  mkdirSync(join(folder, 'stopped'));
  using run = await testRun({ target, folder: join(folder, 'stopped'), chosenPartBytes: PART_BYTES });
  const ended = run.upload([{ path: join(folder, 'film.mp4'), name: NAME }], stop.signal);
  await expect(ended).rejects.toThrow('stopped');
  expect(run.arrived).toMatchObject([{ state: 'uploaded', name: NAME }]);
  expect(await run.run.sessions.list()).toEqual([]);
  expectOnlyTheFile();
});
