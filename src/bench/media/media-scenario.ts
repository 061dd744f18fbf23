import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { findFfmpeg } from '../../media/ffmpeg/ffmpeg-binaries.js';
import { Measurements } from '../bench-document.js';
import { runToEnd } from '../child-program.js';
import { type MediaRun, type MediaTask, readMediaRun } from './media-client.js';
import { type MediaSamples, makeMediaSamples } from './media-samples.js';
import { type RepostBytes, measureReposts } from '../export/repost-bytes.js';
import type { Scenario, ScenarioOptions, ScenarioResult } from '../scenario.js';
import { type SpeedPictureRow, speedPicture } from './speed-picture.js';
import { rounded } from '../statistics.js';
import { emptiedFolder } from '../emptied-folder.js';

const PHOTO_COUNT = 400;
const PHOTOS_PER_CLIP = 10;
const BYTES_PER_MB = 1_000_000;
const CORES = availableParallelism();

interface Subject {
  readonly name: string;
  readonly client: MediaTask['client'];
  readonly workers: number;
  /** Clips are left out in comparisons with sharp alone, which cannot read them. */
  readonly reads: 'photos' | 'all';
}

const SUBJECTS: readonly Subject[] = [
  { name: 'sequential', client: 'process', workers: 1, reads: 'all' },
  { name: '2-workers', client: 'process', workers: 2, reads: 'all' },
  { name: '4-workers', client: 'process', workers: 4, reads: 'all' },
  { name: 'thumbnails', client: 'process', workers: Math.max(2, CORES), reads: 'photos' },
  { name: 'raw-sharp', client: 'raw-sharp', workers: 1, reads: 'photos' },
];
const PARALLEL = SUBJECTS.filter(({ reads, workers }) => reads === 'all' && workers > 1);

/**
 * `process` with photos and clips, with one worker and several, compared with sharp alone; and the bytes that
 * deduplication saves.
 */
export const mediaProcessing: Scenario = {
  name: 'media',
  description: 'photos of 3 to 12 megapixels and clips, by 1, 2 and 4 workers and by sharp alone; a chat with reposts',
  isDefault: false,
  run: measure,
};

async function measure(options: ScenarioOptions): Promise<ScenarioResult> {
  const { directory, signal, onRun, runCount, messageCount: photoCount = PHOTO_COUNT } = options;
  const samples = await makeMediaSamples({
    directory: join(directory, 'samples'),
    photoCount,
    clipCount: Math.ceil(photoCount / PHOTOS_PER_CLIP),
    ffmpeg: await findFfmpeg({ signal }),
    signal,
  });
  onRun(`${samples.photos.length} photos and ${samples.clips.length} clips are made`);
  const measurements = new Measurements(SUBJECTS.map(({ name }) => name));
  for (let round = 1; round <= runCount; round += 1) {
    const walls = new Map<string, number>();
    for (const subject of alternated(round)) {
      const run = await runOnce(subject, samples, options);
      walls.set(subject.name, run.wallSeconds);
      record(measurements, { subject, run, fileCount: filesOf(subject, samples).length });
      onRun(`${subject.name} ${round}/${runCount}: ${run.wallSeconds.toFixed(1)} s`);
    }
    compareRound(measurements, walls);
  }
  const reposts = await measureReposts({ ...options, messageCount: Math.ceil(photoCount / 2) });
  return { document: documentOf(measurements, { samples, reposts }), picture: pictureOf(measurements) };
}

/** Each round begins with another subject, so that drift of the machine affects all equally. */
function alternated(round: number): readonly Subject[] {
  return SUBJECTS.flatMap((_, index) => SUBJECTS[(index + round) % SUBJECTS.length] ?? []);
}

/** Alternating, as in a chat. */
function filesOf({ reads }: Subject, { photos, clips }: MediaSamples): readonly string[] {
  if (reads === 'photos') return photos;
  return photos.flatMap((photo, index) => {
    const clip = index % PHOTOS_PER_CLIP === 0 ? clips[index / PHOTOS_PER_CLIP] : undefined;
    return clip === undefined ? [photo] : [photo, clip];
  });
}

async function runOnce(
  subject: Subject,
  samples: MediaSamples,
  { directory, signal }: ScenarioOptions,
): Promise<MediaRun> {
  const { client, workers } = subject;
  const files = filesOf(subject, samples);
  await using made = await emptiedFolder(join(directory, 'made'));
  const taskFile = join(directory, 'task.json');
  await writeFile(taskFile, JSON.stringify({ client, workers, files, directory: made.path } satisfies MediaTask));
  const printed = await runToEnd(['bench', '--client', taskFile, '--json'], {
    environment: {},
    cwd: directory,
    signal,
  });
  const run = readMediaRun(printed.trim());
  if (run.thumbnailCount === files.length && run.problemCount === 0) return run;
  throw new ChatferryError(
    'INTERNAL',
    `${subject.name} made ${run.thumbnailCount} thumbnails of ${files.length} files, with ${run.problemCount} problems: ` +
      'the comparison would be invalid.',
  );
}

function record(
  measurements: Measurements,
  { subject, run, fileCount }: { readonly subject: Subject; readonly run: MediaRun; readonly fileCount: number },
): void {
  measurements.add(subject.name, 'wall', { unit: 's', value: run.wallSeconds });
  measurements.add(subject.name, 'files', { unit: '1/s', value: fileCount / run.wallSeconds });
  if (run.busyRatio !== undefined) {
    measurements.add(subject.name, 'workers-busy', { unit: '%', value: run.busyRatio * 100 });
  }
  measurements.add(subject.name, 'peak-memory', { unit: 'MB', value: run.peakResidentBytes / BYTES_PER_MB });
}

function compareRound(measurements: Measurements, walls: ReadonlyMap<string, number>): void {
  for (const { name, workers } of PARALLEL) {
    const speedUp = (walls.get('sequential') ?? NaN) / (walls.get(name) ?? NaN);
    measurements.add(name, 'speed-up', { unit: '×', value: speedUp });
    measurements.add(name, 'efficiency', { unit: '%', value: (speedUp / workers) * 100 });
  }
}

function documentOf(
  measurements: Measurements,
  { samples, reposts }: { readonly samples: MediaSamples; readonly reposts: RepostBytes },
): ScenarioResult['document'] {
  const wall = (subject: string): number => measurements.median(subject, 'wall');
  for (const [name, bytes] of [['reposts-on', reposts.onBytes] as const, ['reposts-off', reposts.offBytes] as const]) {
    measurements.add(name, 'downloaded', { unit: 'MB', value: bytes / BYTES_PER_MB });
  }
  const { photos, clips } = samples;
  return {
    scenario: `${mediaProcessing.name}: ${photos.length} photos and ${clips.length} clips on ${CORES} cores; ${mediaProcessing.description}`,
    results: measurements.results(),
    ratios: {
      ...Object.fromEntries(
        PARALLEL.map(({ name }) => [`${name}/sequential`, rounded(wall('sequential') / wall(name))]),
      ),
      'thumbnails/raw-sharp': rounded(wall('raw-sharp') / wall('thumbnails')),
      'reposts/bytes-saved': rounded(1 - reposts.onBytes / reposts.offBytes),
    },
    limit: `the processor: ${CORES} cores bound what more workers bring, and efficiency is speed-up by workers, not by cores`,
  };
}

function pictureOf(measurements: Measurements): string {
  return speedPicture(
    SUBJECTS.map(({ name, reads }): SpeedPictureRow => {
      const perSecond = measurements.median(name, 'files');
      const memory = `${measurements.median(name, 'peak-memory').toFixed(0)} MB`;
      const note = reads === 'photos' ? `photos alone, ${memory}` : `photos and clips, ${memory}`;
      return { title: name, perSecond, note };
    }),
    'files a second',
  );
}
