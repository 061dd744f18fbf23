import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findFfmpeg, type FfmpegBinaries } from '../../../src/media/ffmpeg/ffmpeg-binaries.js';
import { runFfmpeg } from '../../../src/media/ffmpeg/ffmpeg.js';
import { probeMedia } from '../../../src/media/ffmpeg/ffprobe.js';

let directory: string;
let binaries: FfmpegBinaries;

const RAW_SOUND = ['-f', 's16le', '-ar', '8000', '-ac', '1'];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chatferry ffmpeg -'));
  const found = await findFfmpeg();
  if (found === undefined) throw new Error('these tests need ffmpeg; npm ci brings one along');
  binaries = found;
  await writeFile(join(directory, 'sound.raw'), Buffer.alloc(16_000));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('looking for ffmpeg', () => {
  it('finds one that runs', () => {
    expect(binaries.version).not.toBe('');
  });

  it('takes the one that is set', async () => {
    const found = await findFfmpeg({ ffmpegPath: binaries.ffmpeg, ffprobePath: binaries.ffprobe });
    expect(found).toMatchObject({ ffmpeg: binaries.ffmpeg, origin: 'setting' });
  });

  it('refuses a setting that does not run, by name and value', async () => {
    await expect(findFfmpeg({ ffmpegPath: join(directory, 'absent') })).rejects.toMatchObject({
      code: 'MISSING_PROGRAM',
      message: expect.stringMatching(/FFMPEG_PATH.*absent/) as string,
    });
    await expect(findFfmpeg({ ffprobePath: process.execPath })).rejects.toThrow('FFPROBE_PATH');
  });
});

describe('running ffmpeg', () => {
  it('makes a file, with arguments that have spaces in them', async () => {
    const output = join(directory, 'a sound -of silence.mp3');
    await runFfmpeg(binaries, {
      inputs: [{ path: join(directory, 'sound.raw'), arguments: RAW_SOUND }],
      arguments: ['-c:a', 'libmp3lame', '-metadata', 'title=Two words; and $more'],
      output,
    });
    const probe = await probeMedia(binaries, output);
    expect(probe.tags['title']).toBe('Two words; and $more');
    expect(probe.durationSeconds).toBeCloseTo(1, 0);
    expect(probe.streams).toMatchObject([{ codec_type: 'audio', codec_name: 'mp3' }]);
  });

  it('says what was wrong, in a few words', async () => {
    const path = join(directory, 'no.mp4');
    await writeFile(path, 'no video at all');
    const failing = runFfmpeg(binaries, { inputs: [{ path }], arguments: [], output: join(directory, 'out.mp4') });
    await expect(failing).rejects.toMatchObject({ code: 'CONTENT_MISMATCH', retryable: false });
    const message = await failing.then(String, String);
    expect(message).toMatch(/Invalid data/);
    expect(message.length).toBeLessThan(800);
    await expect(probeMedia(binaries, path)).rejects.toMatchObject({ code: 'CONTENT_MISMATCH' });
  });

  it('says so when the program is not there', async () => {
    const absent = { ...binaries, ffmpeg: join(directory, 'absent') };
    const run = {
      inputs: [{ path: join(directory, 'sound.raw'), arguments: RAW_SOUND }],
      arguments: [],
      output: 'x.mp3',
    };
    await expect(runFfmpeg(absent, run)).rejects.toMatchObject({ code: 'MISSING_PROGRAM' });
  });

  it('reads no neighbour that a playlist names', async () => {
    const playlist = join(directory, 'list.m3u8');
    await writeFile(playlist, '#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n');
    const output = join(directory, 'stolen.mp4');
    await expect(runFfmpeg(binaries, { inputs: [{ path: playlist }], arguments: [], output })).rejects.toMatchObject({
      code: 'CONTENT_MISMATCH',
    });
    await expect(stat(output)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  // Ten hours of silence read at the pace of a listener: only an end from outside ends it.
  const endless = (): Parameters<typeof runFfmpeg>[1] => ({
    inputs: [{ path: join(directory, 'sound.raw'), arguments: ['-re', '-stream_loop', '-1', ...RAW_SOUND] }],
    arguments: ['-t', '36000', '-c:a', 'libmp3lame'],
    output: join(directory, 'endless.mp3'),
  });

  it('ends with its signal, and leaves no process', async () => {
    const controller = new AbortController();
    let pid = 0;
    const running = runFfmpeg(binaries, {
      ...endless(),
      signal: controller.signal,
      onStart: (started) => {
        pid = started;
        controller.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('does not start for a signal that is aborted already', async () => {
    await expect(runFfmpeg(binaries, { ...endless(), signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow(
      'never',
    );
  });

  it('ends after its time', async () => {
    await expect(runFfmpeg(binaries, { ...endless(), timeoutMs: 1 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('replaces a file that is there', async () => {
    const output = join(directory, 'again.mp3');
    await writeFile(output, 'old');
    await runFfmpeg(binaries, {
      inputs: [{ path: join(directory, 'sound.raw'), arguments: RAW_SOUND }],
      arguments: ['-c:a', 'libmp3lame'],
      output,
    });
    expect((await readFile(output)).length).toBeGreaterThan(100);
  });
});
