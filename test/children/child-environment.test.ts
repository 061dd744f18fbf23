import { chmod, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { childEnvironment } from '../../src/children/child-environment.js';
import { SETTING_KEYS, SETTINGS } from '../../src/config/settings.js';
import { runChatferry } from '../cli/run-chatferry.js';
import { FILM_SOURCE, Stage } from '../media/stage.js';

const CANARY = 'CANARY';
/** A value that the setting takes, with the canary in it wherever it takes words. */
const SECRETS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    SETTING_KEYS.filter((key) => SETTINGS[key].secret === true).map((key) => [SETTINGS[key].name, CANARY]),
  ),
  TELEGRAM_API_ID: '777777',
  TELEGRAM_API_HASH: '0123456789abcdef0123456789abcdef',
  TELEGRAM_PHONE: '+15550777777',
  TELEGRAM_BOT_TOKEN: `777777:${CANARY.padEnd(35, 'x')}`,
  TELEGRAM_PROXY: `socks5://ada:${CANARY}@127.0.0.1:1`,
};
/** Of other programs. */
const FOREIGN = { AWS_SECRET_ACCESS_KEY: CANARY, GITHUB_TOKEN: CANARY, SSH_AUTH_SOCK: CANARY, FFREPORT: CANARY };
const TOLD = /CANARY|777777|0123456789abcdef|TELEGRAM_|AWS_|FFREPORT/;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('the environment of children', () => {
  it('is what a program needs to run, and what it is given', () => {
    const own = { PATH: '/bin', HOME: '/home/ada', LC_ALL: 'C', TMPDIR: '/tmp', ...SECRETS, ...FOREIGN };
    expect(childEnvironment({ MALLOC_ARENA_MAX: '2', HOME: undefined }, own)).toEqual({
      PATH: '/bin',
      HOME: undefined,
      LC_ALL: 'C',
      TMPDIR: '/tmp',
      MALLOC_ARENA_MAX: '2',
    });
  });

  it.skipIf(process.platform === 'win32')(
    'tells no secret to ffmpeg, ffprobe, pdftoppm and the workers that start them, nor does a command line',
    async () => {
      const spied = stage.path('spied');
      const bin = (name: string): string => stage.path(`bin/${name}`);
      const spy = async (name: string, real: string): Promise<void> => {
        const parent = `tr '\\0' '\\n' < /proc/$PPID/cmdline; tr '\\0' '\\n' < /proc/$PPID/environ`;
        const look = `{ echo "started ${name} $*"; env; if [ -r /proc/$PPID/environ ]; then ${parent}; fi; } >> "${spied}"`;
        await stage.put(`bin/${name}`, `#!/bin/sh\n${look}\n${real}\n`);
        await chmod(bin(name), 0o755);
      };
      await spy('ffmpeg', `exec ${stage.ffmpeg.ffmpeg} "$@"`);
      await spy('ffprobe', `exec ${stage.ffmpeg.ffprobe} "$@"`);
      await spy('pdftoppm', 'exit 1');
      await writeFile(spied, '');
      const film = await stage.make('film.mp4', ...FILM_SOURCE, '-pix_fmt', 'yuv420p');
      const song = await stage.make('song.mp3', '-f', 'lavfi', '-i', 'sine=d=1');
      const page = await stage.put('page.pdf', '%PDF-1.4\nnothing');

      const args = ['process', film, song, page, '--out', stage.out, '--transcode', 'small', '--strip-metadata'];
      const { code, stderr } = await runChatferry([...args, '--replace-originals'], {
        cwd: stage.root,
        env: { ...SECRETS, ...FOREIGN, PATH: [join(bin('.')), process.env['PATH']].join(delimiter) },
      });

      expect(code, stderr).toBe(4); // The spy draws no page.
      const seen = await readFile(spied, 'utf8');
      for (const name of ['ffmpeg', 'ffprobe', 'pdftoppm']) expect(seen).toContain(`started ${name}`);
      expect(seen).toMatch(/^PATH=/m);
      if (process.platform === 'linux') expect(seen).toMatch(/^MALLOC_ARENA_MAX=2$/m); // A worker was looked at.
      expect(seen.split('\n').filter((line) => TOLD.test(line))).toEqual([]);
    },
    60_000,
  );
});
