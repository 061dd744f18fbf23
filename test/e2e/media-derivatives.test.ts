import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import type { StoredDescription } from '../../src/archive/description.js';
import { ChatferryError } from '../../src/errors/chatferry-error.js';
import { findFfmpeg } from '../../src/media/ffmpeg/ffmpeg-binaries.js';
import { memoryFile } from '../../src/simulator/world/world-file.js';
import { WITHOUT_FFMPEG } from '../cli/run-chatferry.js';
import { readArchive, treeOf } from './archive-check.js';
import { FERRY_USERNAME, FerryWorld } from './ferry-world.js';
import { startExport } from './kills/killed-export.js';
import { type RunEnd, SimulatedExport } from './simulated-export.js';

const MAKING = { MEDIA_DERIVATIVES: 'true', MAX_WORKERS: '2' };
/** What the names of derivatives begin with. */
const OWN_NAME = /^[0-9a-f]{32}\./;
const ferry = new FerryWorld({ textCount: 0, hasForeign: false });
let trip: SimulatedExport;
let first: RunEnd;
let ids: Record<'photo' | 'again' | 'lying' | 'broken' | 'clip', number>;

beforeAll(async () => {
  const photo = await picture(640, 480).jpeg().toBuffer();
  const clip = await film();
  const post = (bytes: Uint8Array, name: string): number => ferry.postDocument(memoryFile(bytes), { name });
  ids = {
    photo: post(photo, 'harbour.jpg'),
    again: post(photo, 'harbour again.jpg'),
    lying: post(await picture(300, 200).png().toBuffer(), 'not a video.mp4'),
    broken: post((await picture(800, 600).png().toBuffer()).subarray(0, 5000), 'broken off.png'),
    clip: post(clip, 'clip.mp4'),
  };
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  first = await trip.run({ into: 'whole', env: MAKING });
}, 120_000);
afterAll(() => trip[Symbol.asyncDispose]());

describe('what an export makes of media', () => {
  it('describes each content once and makes thumbnails and posters of it', async () => {
    expect(first).toMatchObject({ exitCode: 0, error: undefined });
    const { folder } = await readArchive(trip.path('whole'));
    const photo = await describedIn('whole', ids.photo);
    expect(photo?.description).toMatchObject({
      content: { kind: 'image', mimeType: 'image/jpeg' },
      facts: { width: 640, height: 480 },
      problems: [],
    });
    expect(photo?.description.placeholder).toMatch(/^[\w+/]+=*$/);
    expect(photo?.derivatives).toMatchObject([{ kind: 'thumbnail', width: 320, height: 240, mimeType: 'image/webp' }]);
    expect(await describedIn('whole', ids.again)).toEqual(photo);

    const clip = await describedIn('whole', ids.clip);
    expect(clip?.description.facts).toMatchObject({ width: 160, height: 120, videoCodec: 'mpeg4' });
    expect(clip?.derivatives.map(({ kind }) => kind)).toEqual(['poster', 'thumbnail']);
    for (const { path, sizeBytes, width } of [...(photo?.derivatives ?? []), ...(clip?.derivatives ?? [])]) {
      expect(path).toMatch(/^thumbs\/[0-9a-f]{32}\.(?:thumb|poster)\.webp$/);
      expect((await stat(join(folder, path))).size).toBe(sizeBytes);
      expect((await sharp(join(folder, path)).metadata()).width).toBe(width);
    }
    expect(await readdir(folder)).not.toContain('.partial');
  });

  it('calls a file what it is, and keeps the name that it came with', async () => {
    const { records } = await readArchive(trip.path('whole'));
    const record = records.find(({ message }) => message.id === ids.lying)?.media[0];
    expect(record?.state === 'stored' && record.file.path).toMatch(/not a video\.png$/);
    expect(record?.media.fileName).toBe('not a video.mp4');
  });

  it('lists what it could not make, and is complete all the same', async () => {
    const chat = first.summary?.chats[0];
    expect(chat?.derivativeProblems).toMatchObject([{ messageId: ids.broken, work: 'thumbnail' }]);
    const report = JSON.parse(await readFile(chat?.reportPath ?? '', 'utf8')) as Record<string, unknown>;
    expect(report['derivatives']).toMatchObject({
      sharedCount: 0,
      derivativeCount: 4,
      problems: [
        { messageId: ids.broken, work: 'thumbnail', path: expect.stringMatching(/broken off\.png$/) as string },
      ],
    });
  });

  it('does nothing again that is done, and makes again only what it is told to', async () => {
    const tree = await treeOf(trip.path('whole'));
    const end = await trip.run({ into: 'whole', env: MAKING });
    const report = await reportOf(end);
    expect(report['derivatives']).toMatchObject({ describedCount: 0, sharedCount: 0 });
    expect(await treeOf(trip.path('whole'))).toEqual(tree);

    const stripped = await trip.run({ into: 'whole', env: { ...MAKING, STRIP_METADATA: 'true' } });
    expect((await reportOf(stripped))['derivatives']).not.toMatchObject({ describedCount: 0 });
    expect((await describedIn('whole', ids.photo))?.derivatives.map(({ kind }) => kind)).toContain('stripped');
    // And what is not wanted any more goes.
    await trip.run({ into: 'whole', env: MAKING });
    expect(await treeOf(trip.path('whole'))).toEqual(tree);
  });

  it('catches up in the next run when it was interrupted or left out, and ends in the same bytes', async () => {
    expect((await trip.run({ into: 'late', env: { MEDIA_DERIVATIVES: 'false' } })).exitCode).toBe(0);
    const controller = new AbortController();
    const until = setInterval(() => {
      // Some are done, others are not.
      void readdir(join(trip.path('late'), 'ferry-crew-channel8001', 'thumbs')).then(
        (names) => {
          if (names.some((name) => OWN_NAME.test(name))) {
            controller.abort(new ChatferryError('INTERRUPTED', 'Interrupted.'));
          }
        },
        () => undefined,
      );
    }, 1);
    await trip.run({ into: 'late', env: { ...MAKING, MAX_WORKERS: '1' }, signal: controller.signal });
    clearInterval(until);
    expect((await trip.run({ into: 'late', env: MAKING })).exitCode).toBe(0);
    expect(await treeOf(trip.path('late'))).toEqual(await treeOf(trip.path('whole')));
  });

  it('catches up after a kill as well', async () => {
    const { child, end } = await startExport(trip, 'killed', { ...MAKING, MAX_WORKERS: '1' });
    const thumbs = join(trip.path('killed'), 'ferry-crew-channel8001', 'thumbs');
    await vi.waitFor(
      async () => {
        expect((await readdir(thumbs)).filter((name) => OWN_NAME.test(name)).length).toBeGreaterThan(0);
      },
      { timeout: 30_000, interval: 2 },
    );
    child.kill('SIGKILL');
    await end;
    await trip.expectNoConnections();
    expect((await trip.run({ into: 'killed', env: MAKING })).exitCode).toBe(0);
    expect(await treeOf(trip.path('killed'))).toEqual(await treeOf(trip.path('whole')));
  });

  it('leaves no derivative of a medium that the chat has no more', async () => {
    await trip.run({ into: 'gone', env: MAKING });
    const before = await describedIn('gone', ids.lying);
    const { folder } = await readArchive(trip.path('gone'));
    {
      using archive = await Archive.open(trip.path('gone'));
      const record = archive.message('channel8001', ids.lying);
      if (record === undefined) throw new RangeError('no record');
      archive.commit({
        chatId: 'channel8001',
        records: [{ message: { ...record.message, media: [] }, media: [] }],
        senders: [],
      });
    }
    await trip.run({ into: 'gone', env: MAKING });
    const [thumbnail] = before?.derivatives ?? [];
    expect(thumbnail?.path).toMatch(/^thumbs/);
    expect(await readdir(join(folder, 'thumbs'))).not.toContain(thumbnail?.path.slice('thumbs/'.length));
    expect(await describedIn('gone', ids.photo)).toBeDefined();
  });

  it('is whole on a machine without ffmpeg, says what it left out, and catches up when there is one', async () => {
    const { end } = await startExport(trip, 'bare', { ...MAKING, ...WITHOUT_FFMPEG });
    const { code, stderr } = await end;
    expect(code).toBe(0);
    expect(stderr).toContain('There is no ffmpeg: films and sound get no posters and waveforms.');
    await trip.expectNoConnections();
    expect((await describedIn('bare', ids.clip))?.derivatives).toEqual([]);
    expect((await describedIn('bare', ids.photo))?.derivatives).toHaveLength(1);
    expect((await trip.run({ into: 'bare', env: MAKING })).exitCode).toBe(0);
    expect(await treeOf(trip.path('bare'))).toEqual(await treeOf(trip.path('whole')));
  });

  it('refuses a program that was named and does not run before it does anything', async () => {
    const env = { ...MAKING, FFMPEG_PATH: join(trip.directory, 'no-ffmpeg') };
    expect((await trip.run({ into: 'misled', env })).error).toMatchObject({ code: 'MISSING_PROGRAM' });
  });
});

async function reportOf(end: RunEnd): Promise<Record<string, unknown>> {
  const path = end.summary?.chats[0]?.reportPath ?? '';
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}

async function describedIn(into: string, messageId: number): Promise<StoredDescription | undefined> {
  using archive = await Archive.open(trip.path(into), { readOnly: true });
  const record = archive.message('channel8001', messageId)?.media[0];
  return record?.state === 'stored' ? archive.descriptions.one('channel8001', record.file.sha256) : undefined;
}

function picture(width: number, height: number): Sharp {
  return sharp({
    create: { width, height, channels: 3, background: '#246', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  });
}

async function film(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'chatferry-film-'));
  try {
    const binaries = await findFfmpeg();
    const source = ['-f', 'lavfi', '-i', 'testsrc=duration=1:size=160x120:rate=10'];
    const path = join(folder, 'clip.mp4');
    await promisify(execFile)(binaries?.ffmpeg ?? '', ['-v', 'error', '-nostdin', ...source, '-c:v', 'mpeg4', path]);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
