import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readContentKind } from '../../../src/media/bytes/content-kind.js';
import { needsProgram } from '../needs-program.js';
import { FILM_SOURCE, SOUND_SOURCE, Stage } from '../stage.js';

const run = promisify(execFile);

// ffmpeg reads Musepack and does not write it.
const needsMusepack = await needsProgram('mpcenc', '--help');

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('sound in a container that also holds films', () => {
  it.each([
    ['song.m4a', ['-c:a', 'aac', '-brand', 'mp42', '-f', 'mp4'], 'audio/mp4'],
    ['song.mp4', ['-c:a', 'aac'], 'audio/mp4'],
    ['sound.mov', ['-c:a', 'pcm_s16be'], 'video/quicktime'],
    ['recording.mka', ['-c:a', 'flac'], 'audio/matroska'],
    ['voice.webm', ['-c:a', 'libopus'], 'audio/webm'],
    ['memo.3gp', ['-ar', '8000', '-ac', '1', '-c:a', 'aac', '-f', '3gp'], 'audio/3gpp'],
    ['talk.asf', ['-c:a', 'wmav2'], 'audio/x-ms-asf'],
    ['talk.mxf', ['-c:a', 'pcm_s16le', '-f', 'mxf_opatom', '-mxf_audio_edit_rate', '25'], 'application/mxf'],
  ] as const)('is a recording: %s', async (name, codec, mimeType) => {
    const described = await stage.describe(await stage.make(name, ...SOUND_SOURCE, ...codec), { transcode: 'small' });
    expect(described.problems).toEqual([]);
    expect(described.content).toMatchObject({ kind: 'audio', mimeType });
    expect(described.rightExtension).toBeUndefined();
    expect(described.facts.durationSeconds).toBeCloseTo(2, 0);
    expect(described.waveform).toHaveLength(100);
    expect(described.derivatives.every(({ mimeType: made }) => made === 'audio/ogg')).toBe(true);
  });

  it('stays a recording with a picture of its cover', async () => {
    const cover = await stage.put('cover.jpg', await square('red'));
    const covered = ['-i', cover, '-map', '0', '-map', '1', '-c:v', 'copy', '-disposition:v', 'attached_pic'];
    const path = await stage.make('covered.m4a', ...SOUND_SOURCE, ...covered, '-c:a', 'aac', '-f', 'mp4');
    const described = await stage.describe(path);
    expect(described.content).toMatchObject({ kind: 'audio', mimeType: 'audio/mp4', extension: 'm4a' });
    expect(described.derivatives.map(({ kind }) => kind)).toEqual(['cover']);
  });
});

describe('a film', () => {
  it.each([
    ['film.asf', ['-c:a', 'wmav2', '-c:v', 'msmpeg4'], 'video/x-ms-asf'],
    ['film.mp4', ['-c:a', 'aac', '-pix_fmt', 'yuv420p'], 'video/mp4'],
    ['film.m4a', ['-c:a', 'aac', '-pix_fmt', 'yuv420p', '-brand', 'M4A ', '-f', 'mp4'], 'video/mp4'],
    ['film.mkv', ['-c:a', 'libopus', '-c:v', 'mpeg4'], 'video/matroska'],
    ['film.ogg', ['-c:a', 'libvorbis', '-c:v', 'libtheora'], 'video/ogg'],
  ])('is one also where its sound comes first: %s', async (name, codecs, mimeType) => {
    const soundFirst = ['-map', '1:a', '-map', '0:v', '-s', '64x36'];
    const described = await stage.describe(
      await stage.make(name, ...FILM_SOURCE, ...SOUND_SOURCE, ...soundFirst, ...codecs),
    );
    expect(described.problems).toEqual([]);
    expect(described.content).toMatchObject({ kind: 'video', mimeType });
    expect(described.facts).toMatchObject({ width: 64, height: 36 });
    expect(described.derivatives.map(({ kind }) => kind)).toEqual(['poster', 'thumbnail']);
  });

  it('in MXF is one', async () => {
    const path = await stage.make('film.mxf', ...FILM_SOURCE, '-r', '25', '-c:v', 'mpeg2video');
    const described = await stage.describe(path);
    expect(described.problems).toEqual([]);
    expect(described.content).toMatchObject({ kind: 'video', mimeType: 'application/mxf' });
    expect(described.facts).toMatchObject({ width: 320, height: 180, videoCodec: 'mpeg2video' });
  });
});

describe('a recording that its first bytes hardly tell', () => {
  it.each([
    ['long.wav', ['-rf64', 'always'], 'audio/wav', 'pcm_s16le'],
    ['film.eac3', ['-c:a', 'eac3'], 'audio/eac3', 'eac3'],
    ['film.ac3', ['-c:a', 'ac3'], 'audio/vnd.dolby.dd-raw', 'ac3'],
  ])('is told all the same: %s', async (name, codec, mimeType, audioCodec) => {
    const described = await stage.describe(await stage.make(name, ...SOUND_SOURCE, ...codec));
    expect(described.problems).toEqual([]);
    expect(described.content).toMatchObject({ kind: 'audio', mimeType });
    expect(described.facts).toMatchObject({ audioCodec });
    expect(described.facts.durationSeconds).toBeCloseTo(2, 0);
    expect(described.waveform).toHaveLength(100);
  });

  it.each(['libmp3lame', 'mp2'])('is told behind what stands in front of it: %s', async (codec) => {
    const path = await stage.make('whole.mp3', ...SOUND_SOURCE, '-c:a', codec, '-id3v2_version', '0', '-f', 'mp2');
    const sound = await readFile(path);
    const junk = { zeros: Buffer.alloc(4000), text: Buffer.from('ICY 200 OK\r\n\0'.repeat(500)), cut: Buffer.alloc(0) };
    for (const [name, bytes] of Object.entries(junk)) {
      // Where a recording of a stream begins, a frame is cut in two.
      const cut = await stage.put(`${codec}-${name}.mp3`, Buffer.concat([bytes, sound.subarray(100)]));
      const described = await stage.describe(cut);
      expect(described.problems).toEqual([]);
      expect(described.content).toEqual({ kind: 'audio', mimeType: 'audio/mpeg', extension: 'mp3' });
      expect(described.facts.durationSeconds).toBeCloseTo(2, 0);
    }
  });

  needsMusepack('is told all the same: Musepack', async () => {
    const wave = await stage.make('whole.wav', ...SOUND_SOURCE);
    const path = stage.path('song.mpc');
    await run('mpcenc', ['--silent', '--overwrite', '--artist', 'Anna Planted', wave, path]);
    const described = await stage.describe(path, { stripMetadata: true });
    expect(described.content).toMatchObject({ kind: 'audio', extension: 'mpc' });
    expect(described.facts.durationSeconds).toBeCloseTo(2, 0);
    expect(described.waveform).toHaveLength(100);
    const copy = described.derivatives.find(({ kind }) => kind === 'stripped');
    if (copy === undefined) expect(described.problems).toMatchObject([{ work: 'stripped' }]);
    else expect((await readFile(copy.path)).includes('Anna Planted')).toBe(false);
  });

  it('is none where something else only has a recording in it', async () => {
    const sound = await readFile(await stage.make('inner.mp3', ...SOUND_SOURCE));
    const game = Buffer.concat([Buffer.from([1, 2, 3, 0]), sound, Buffer.alloc(100_000, 7)]);
    expect(await readContentKind(await stage.put('game.dat', game))).toMatchObject({ kind: 'document' });
    const noise = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * at * 31 + (at >> 3)) & 255));
    expect(await readContentKind(await stage.put('noise.dat', noise))).toMatchObject({ kind: 'document' });
  });
});

function square(background: string): Promise<Buffer> {
  return sharp({ create: { width: 30, height: 30, channels: 3, background } })
    .jpeg()
    .toBuffer();
}
