import { join } from 'node:path';

import { removeOwnFile } from '../../disk/own-file.js';
import { readWhole } from '../../disk/read-file.js';
import type { FrameOptions } from './film.js';
import { runFfmpeg } from '../ffmpeg/ffmpeg.js';
import { lowerCased, type MediaProbe } from '../ffmpeg/ffprobe.js';
import type { MediaFacts } from '../../chat/description/media-facts.js';
import { UNTRUSTED_INPUT } from '../ffmpeg/untrusted-input.js';

/** Like Telegram's waveforms: 100 bars, each from 0 to 31. */
const BARS = 100;
const HIGHEST_BAR = 31;
/** A low rate is enough to see loudness; an hour is 7 MB. */
const SAMPLE_RATE = 1000;
const LONGEST_SECONDS = 4 * 3600;

/** The facts that ffprobe reports about an audio file. */
export function soundFacts(probe: MediaProbe): MediaFacts {
  const audio = probe.streams.find(({ codec_type: type }) => type === 'audio');
  const tags = lowerCased({ ...audio?.tags, ...probe.tags });
  const { title, artist, album } = tags;
  return {
    ...(probe.durationSeconds === undefined ? {} : { durationSeconds: probe.durationSeconds }),
    ...(audio?.codec_name === undefined ? {} : { audioCodec: audio.codec_name }),
    ...(title === undefined ? {} : { title }),
    ...(artist === undefined ? {} : { performer: artist }),
    ...(album === undefined ? {} : { album }),
  };
}

/** Whether an audio file contains a cover picture. */
export function hasCover(probe: MediaProbe): boolean {
  return probe.streams.some(({ disposition }) => disposition?.['attached_pic'] === 1);
}

/**
 * The loudness of an audio file over time: 100 values from 0 to 31, like Telegram's waveforms.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be decoded; `TIMEOUT`.
 */
export async function makeWaveform(options: FrameOptions): Promise<readonly number[]> {
  const { binaries, path, workFolder, signal, onStart } = options;
  const output = join(workFolder, 'sound.pcm');
  try {
    await runFfmpeg(binaries, {
      inputs: [{ path, arguments: UNTRUSTED_INPUT }],
      arguments: [
        '-vn',
        '-sn',
        '-dn',
        '-t',
        String(LONGEST_SECONDS),
        '-ac',
        '1',
        '-ar',
        String(SAMPLE_RATE),
        '-f',
        's16le',
      ],
      output,
      signal,
      ...(onStart === undefined ? {} : { onStart }),
    });
    return barsOf(await readWhole(output));
  } finally {
    await removeOwnFile(output);
  }
}

/** The peak of each hundredth, relative to the highest peak. */
function barsOf(pcm: Buffer): readonly number[] {
  const count = Math.floor(pcm.length / 2);
  const peaks = Array.from({ length: BARS }, (_, bar) => {
    let peak = 0;
    const end = Math.floor(((bar + 1) * count) / BARS);
    for (let sample = Math.floor((bar * count) / BARS); sample < end; sample += 1) {
      peak = Math.max(peak, Math.abs(pcm.readInt16LE(sample * 2)));
    }
    return peak;
  });
  const loudest = Math.max(...peaks, 1);
  return peaks.map((peak) => Math.round((peak / loudest) * HIGHEST_BAR));
}
