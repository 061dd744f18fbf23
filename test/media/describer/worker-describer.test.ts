import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { NO_FFMPEG, type SafeFfmpeg } from '../../../src/media/ffmpeg/ffmpeg-binaries.js';
import type { FileToDescribe } from '../../../src/media/media-describer.js';
import { WorkerDescriber, type WorkerDescriberOptions } from '../../../src/media/worker-describer.js';
import { ProcessTree } from '../../../src/memory/process-tree.js';
import { FILM_SOURCE, Stage } from '../stage.js';

const never = new AbortController().signal;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
  await stage.put(
    'photo.png',
    await sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } })
      .png()
      .toBuffer(),
  );
  await stage.make('film.mp4', ...FILM_SOURCE, '-pix_fmt', 'yuv420p');
  await stage.put('letter.txt', 'Dear Ann,');
  await stage.put('empty.bin', '');
});

afterAll(() => stage[Symbol.asyncDispose]());

interface Watched extends AsyncDisposable {
  readonly describer: WorkerDescriber;
  readonly tree: ProcessTree;
  readonly notes: string[];
  /** How often ffmpeg was looked for. */
  readonly searches: () => number;
}

function describerOf(ffmpeg: SafeFfmpeg, options: Partial<WorkerDescriberOptions> = {}): Watched {
  const tree = new ProcessTree();
  const notes: string[] = [];
  let searches = 0;
  const describer = new WorkerDescriber({
    concurrency: 1,
    findFfmpeg: () => {
      searches += 1;
      return Promise.resolve(ffmpeg);
    },
    tree,
    onNote: (text) => notes.push(text),
    ...options,
  });
  return {
    describer,
    tree,
    notes,
    searches: () => searches,
    [Symbol.asyncDispose]: () => describer[Symbol.asyncDispose](),
  };
}

const withFfmpeg = (options: Partial<WorkerDescriberOptions> = {}): Watched =>
  describerOf({ binaries: stage.ffmpeg }, options);
const WITHOUT: SafeFfmpeg = { absence: NO_FFMPEG };

async function file(name: string): Promise<FileToDescribe> {
  const bytes = await readFile(stage.path(name));
  return {
    path: stage.path(name),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.length,
    outputFolder: stage.out,
    name,
    hasWaveform: false,
  };
}

describe('the describer with workers', () => {
  it.each([
    ['letter.txt', 'document'],
    ['empty.bin', 'empty'],
  ])('describes %s without a worker and without a look for ffmpeg', async (name, kind) => {
    await using watched = withFfmpeg();
    expect(await watched.describer.describe(await file(name), never)).toMatchObject({
      recipe: 'v2',
      description: { content: { kind }, facts: {}, problems: [] },
      derivatives: [],
    });
    expect(watched.searches()).toBe(0);
    expect(watched.tree.pids).toEqual([]);
  });

  it('describes a picture and a film in workers, by the recipe that its wishes make, and looks for ffmpeg once', async () => {
    await using watched = withFfmpeg({ transcode: 'small', stripMetadata: true });
    const { describer } = watched;
    const [photo, film] = [
      await describer.describe(await file('photo.png'), never),
      await describer.describe(await file('film.mp4'), never),
    ];
    expect(photo).toMatchObject({ recipe: 'v2+small+stripped', description: { facts: { width: 64, height: 48 } } });
    expect(film).toMatchObject({ recipe: 'v2+small+stripped', description: { content: { kind: 'video' } } });
    expect(film.derivatives.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['poster', 'thumbnail', 'stripped']),
    );
    expect(await describer.recipes(never)).toEqual(['v2+small+stripped']);
    expect(watched.searches()).toBe(1);
    expect(watched.notes).toEqual([]);
  });

  it('names films by a recipe of their own where there is no ffmpeg, and says so once', async () => {
    await using watched = describerOf(WITHOUT);
    const { describer, notes } = watched;
    expect(await describer.recipes(never)).toEqual(['v2', 'v2-ffmpeg']);
    for (const name of ['film.mp4', 'film.mp4']) {
      expect(await describer.describe(await file(name), never)).toMatchObject({
        recipe: 'v2-ffmpeg',
        description: { content: { kind: 'video', mimeType: 'video/mp4' }, facts: {}, problems: [] },
        derivatives: [],
      });
    }
    expect(notes).toEqual([expect.stringContaining('There is no ffmpeg: films and sound get no posters')]);
    expect(watched.tree.pids).toEqual([]);
    expect(await describer.describe(await file('photo.png'), never)).toMatchObject({ recipe: 'v2' });
  });

  it('says why an ffmpeg that is there is not used', async () => {
    await using watched = describerOf({ absence: 'ffmpeg 3.0 lacks repairs.' });
    await watched.describer.describe(await file('film.mp4'), never);
    expect(watched.notes).toEqual([
      'Films and sound get no posters and waveforms. ffmpeg 3.0 lacks repairs. The next export makes them.',
    ]);
  });

  it('describes a picture that only ffmpeg can read again when there is one', async () => {
    await stage.make('picture.bmp', '-f', 'lavfi', '-i', 'color=red:s=32x24', '-frames:v', '1');
    await using watched = describerOf(WITHOUT);
    const described = await watched.describer.describe(await file('picture.bmp'), never);
    expect(described.recipe).toBe('v2-ffmpeg');
    expect(described.description.problems).not.toEqual([]);
  });

  it('gives a file that cannot be read a description that says why', async () => {
    await using watched = withFfmpeg();
    const gone = { ...(await file('photo.png')), path: stage.path('gone.png') };
    expect(await watched.describer.describe(gone, never)).toMatchObject({
      recipe: 'v2',
      description: {
        content: { kind: 'unknown' },
        problems: [{ work: 'facts', reason: expect.stringContaining('gone.png') as string }],
      },
      derivatives: [],
    });
  });

  it('rejects with the reason of its signal', async () => {
    await using watched = withFfmpeg();
    const stopped = AbortSignal.abort(new Error('enough'));
    await expect(watched.describer.describe(await file('photo.png'), stopped)).rejects.toThrow('enough');
  });

  it('passes on that a program which was named does not run', async () => {
    await using watched = withFfmpeg({ findFfmpeg: () => Promise.reject(new Error('FFMPEG_PATH does not run')) });
    await expect(watched.describer.prepare(never)).rejects.toThrow('FFMPEG_PATH does not run');
  });

  it('proves a copy, and says what speaks against one', async () => {
    await using watched = withFfmpeg();
    const { describer } = watched;
    const { path: original } = await file('photo.png');
    const same = await stage.put('same.png', await readFile(original));
    const other = await stage.put(
      'other.png',
      await sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    expect(await describer.prove({ original, copy: same }, never)).toBeUndefined();
    expect(await describer.prove({ original, copy: other }, never)).toEqual(expect.any(String));
  });
});
