import { chmod } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findFfmpeg, findSafeFfmpeg } from '../../../src/media/ffmpeg/ffmpeg-binaries.js';
import { floorProblem } from '../../../src/media/ffmpeg/ffmpeg-floor.js';
import { runChatferry } from '../../cli/run-chatferry.js';
import { FILM_SOURCE, Stage } from '../stage.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

/** The machine's own, under another version. */
async function ffmpegOf(version: string): Promise<string> {
  const program = await stage.put(
    `ffmpeg-${version}`,
    `#!/bin/sh\nif [ "$1" = -version ]; then echo "ffmpeg version ${version} Copyright"; else exec ${stage.ffmpeg.ffmpeg} "$@"; fi\n`,
  );
  await chmod(program, 0o755);
  return program;
}

describe('a version of ffmpeg', () => {
  it.each([
    '4.4.7',
    '5.1.9-0+deb12u1',
    '5.1.10',
    '6.1.5',
    'n7.1.4',
    'n7.1.5-12-gabcdef0123',
    '7.1.10-1ubuntu2',
    '8.0.2_1',
    '8.1.1-full_build-www.gyan.dev',
    '9.0',
    'n9.0.2-static',
    '10.2.1',
    '2026-07-01-git-5f38c82536-full_build-www.gyan.dev',
    'N-125000-g5f38c82536-20260701',
  ])('has the last repairs: %s', (version) => {
    expect(floorProblem(version)).toBeUndefined();
  });

  it.each([
    ['5.1.6-0+deb12u1', /5\.1\.9 has/],
    ['4.4.2-0ubuntu0.22.04.1', /4\.4\.7 has/],
    ['7.1', /7\.1\.4 has/],
    ['n7.1', /7\.1\.4 has/],
    ['8.0.1', /8\.0\.2 has/],
    ['6.0.1', /branch/],
    ['3.4.13', /branch/],
    ['N-47683-g0e8eb07980-static', /neither/],
    ['N-66595-gc2b38619c0-static', /neither/],
    ['git-2020-01-01-abcdef', /before/],
    ['2025-01-13-git-851a84650e', /before/],
    ['N-118193-g5f38c82536-20250109', /before/],
    ['', /neither/],
    ['unknown', /neither/],
  ])('lacks them, or does not say: %s', (version, reason) => {
    expect(String(floorProblem(version))).toMatch(reason);
  });
});

describe.skipIf(process.platform === 'win32')('an ffmpeg that lacks repairs', () => {
  it('counts as absent for files of others, unless the user takes any', async () => {
    const ffmpegPath = await ffmpegOf('5.1.6-0+deb12u1');
    const where = { ffmpegPath, ffprobePath: stage.ffmpeg.ffprobe };
    expect((await findFfmpeg(where))?.problem).toContain('5.1.9');
    expect((await findSafeFfmpeg(where)).absence).toMatch(/5\.1\.6.*5\.1\.9.*FFMPEG_ANY_VERSION/);
    expect((await findSafeFfmpeg({ ...where, anyVersion: true })).binaries?.ffmpeg).toBe(ffmpegPath);
  });

  it('is given no film, which is listed with the reason; doctor names it', async () => {
    const film = await stage.make('film.mp4', ...FILM_SOURCE, '-pix_fmt', 'yuv420p');
    const env = { FFMPEG_PATH: await ffmpegOf('N-47683-g0e8eb07980-static') };
    const refused = await runChatferry(['process', film], { cwd: stage.root, env });
    expect(refused).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/no facts: ffmpeg N-47683.*neither/) as string,
    });
    const taken = await runChatferry(['process', film], {
      cwd: stage.root,
      env: { ...env, FFMPEG_ANY_VERSION: 'true' },
    });
    expect(taken).toMatchObject({ code: 0, stdout: expect.stringContaining('320 × 180') as string });
    const { stdout } = await runChatferry(['doctor'], { cwd: stage.root, env });
    expect(stdout).toMatch(/^warning +ffmpeg .*neither a release nor its day: films and sound are left out$/m);
  }, 60_000);
});
