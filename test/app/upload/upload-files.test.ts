import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Upload, uploadFiles, type UploadFilesOptions, type UploadProgress } from '../../../src/index.js';
import { startTusNodeServer } from '../../upload/servers/tus-server.js';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-api-'));
  for (const name of ['a', 'b']) writeFileSync(join(cwd, `${name}.bin`), Buffer.alloc(300_000, name));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function upload(files: Parameters<typeof uploadFiles>[0], more: Partial<UploadFilesOptions> = {}): Upload {
  const { settings, ...others } = more;
  return uploadFiles(files, {
    to: 'dir:there',
    cwd,
    settings: { uploadSessionDir: join(cwd, 'sessions'), uploadChunkBytes: 65_536, ...settings },
    ...others,
  });
}

async function eventsOf(running: Upload): Promise<readonly UploadProgress[]> {
  const events: UploadProgress[] = [];
  for await (const event of running) events.push(event);
  return events;
}

it('tells of each file how it goes, and last that it is complete, with its address', async () => {
  const running = upload(['a.bin', 'b.bin'], { manifest: 'manifest.json' });
  const events = await eventsOf(running);
  for (const name of ['a.bin', 'b.bin']) {
    const own = events.filter(({ file }) => file === join(cwd, name));
    expect(own.at(-1)).toMatchObject({ stage: 'complete', percentage: 100, remote: join(cwd, 'there', name) });
    expect(own.filter(({ stage }) => stage === 'complete')).toHaveLength(1);
    const percentages = own.map(({ percentage }) => percentage);
    expect(percentages).toEqual(percentages.toSorted((one, other) => one - other));
  }
  const { files, targets } = await running.finished();
  expect(files.map(({ name, state }) => ({ name, state }))).toEqual([
    { name: 'a.bin', state: 'uploaded' },
    { name: 'b.bin', state: 'uploaded' },
  ]);
  expect(targets).toMatchObject([{ uploadedCount: 2, failedCount: 0 }]);
  expect(readFileSync(join(cwd, 'manifest.json'), 'utf8')).toContain('"name": "b.bin"');
});

it('runs to its end also where nobody looks', async () => {
  const { files } = await upload([{ path: 'a.bin', name: '../harbour.bin' }]).finished();
  expect(files).toMatchObject([{ name: 'harbour.bin', state: 'uploaded' }]);
});

it('lists a file that fails in its place, and its last event says why', async () => {
  const items = [
    { path: 'gone.bin', name: 'gone.bin' },
    { path: 'b.bin', name: 'b.bin' },
  ];
  const running = upload(items);
  const events = await eventsOf(running);
  expect(events.findLast(({ file }) => file.endsWith('gone.bin'))).toMatchObject({ stage: 'failed' });
  const { files } = await running.finished();
  expect(files.map(({ state }) => state)).toEqual(['failed', 'uploaded']);
});

it('ends when its reader leaves, and the same name goes on with what was sent', async () => {
  const slow = { sessionId: 'mine', settings: { uploadBandwidthLimit: 100_000 } };
  const running = upload(['a.bin'], slow);
  for await (const { doneParts } of running) if (doneParts >= 2) break;
  await expect(running.finished()).rejects.toMatchObject({ code: 'INTERRUPTED' });

  const again = upload(['a.bin'], { sessionId: 'mine' });
  const events = await eventsOf(again);
  expect(events[0]?.percentage).toBeGreaterThan(0);
  expect(events.at(-1)?.stage).toBe('complete');
});

it('writes down what is there when its reader leaves, also where an earlier file is still on its way', async () => {
  writeFileSync(join(cwd, 'c.bin'), 'c');
  // The others are on their way until the end.
  await using server = await startTusNodeServer({ front: ({ headers }) => headers['upload-length'] === '300000' });
  const to = `tus+${server.endpoint.href}`;
  const running = upload(['a.bin', 'b.bin', 'c.bin'], { to, manifest: 'manifest.json' });
  for await (const { stage } of running) if (stage === 'complete') break;
  await expect(running.finished()).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(readFileSync(join(cwd, 'manifest.json'), 'utf8')).toContain('"name": "c.bin"');
});

it('two uploads of one process know nothing of each other, and a limit can be lifted while one runs', async () => {
  const one = upload(['a.bin'], { settings: { uploadBandwidthLimit: 1024 } });
  const other = upload(['b.bin'], { to: 'dir:elsewhere' });
  await other.finished(); // At 1 kB/s the first would take five minutes.
  one.setBandwidthLimit(0);
  const [done] = await Promise.all([one.finished(), eventsOf(one)]);
  expect(done.files).toMatchObject([{ name: 'a.bin', state: 'uploaded' }]);
});

it('goes by its options alone, and refuses wrong ones by name', async () => {
  expect(() => upload(['a.bin'], { to: [] })).toThrow('Name a target');
  expect(() => upload(['a.bin'], { sessionId: 'a b' })).toThrow('"a b" cannot name an upload session');
  await expect(upload(['a.bin'], { to: 'nowhere:x' }).finished()).rejects.toThrow('"nowhere:x" is not a target');
});

it('tells of files that are there already that they are whole, and of those that fail how large they are', async () => {
  await upload(['a.bin', 'b.bin']).finished();
  mkdirSync(join(cwd, 'taken', 'a.bin'), { recursive: true }); // A folder has its name there.
  const events = await eventsOf(upload(['a.bin', 'b.bin'], { to: ['dir:there', 'dir:taken'] }));
  const whole = { percentage: 100, sizeBytes: 300_000, sentBytes: 300_000, totalBytes: 300_000 };
  const ends = events.filter(({ stage }) => stage === 'complete' || stage === 'failed');
  expect(ends.map(({ file, target, stage }) => [file, target, stage].join(' ')).sort()).toEqual([
    `${join(cwd, 'a.bin')} dir:${join(cwd, 'taken')} failed`,
    `${join(cwd, 'a.bin')} dir:${join(cwd, 'there')} complete`,
    `${join(cwd, 'b.bin')} dir:${join(cwd, 'taken')} complete`,
    `${join(cwd, 'b.bin')} dir:${join(cwd, 'there')} complete`,
  ]);
  for (const end of ends) expect(end).toMatchObject(end.stage === 'complete' ? whole : { sizeBytes: 300_000 });
  const { files } = await upload(['a.bin'], { to: 'dir:taken' }).finished();
  expect(files).toMatchObject([{ state: 'failed', sizeBytes: 300_000 }]);
});

it('does not send its own sessions with the folder that they are kept in', async () => {
  const notes: string[] = [];
  const running = upload(['.'], { to: `dir:${cwd}-there`, onNote: (text) => notes.push(text) });
  try {
    const { files } = await running.finished();
    expect(files.map(({ name, state }) => [basename(name), state])).toEqual([
      ['a.bin', 'uploaded'],
      ['b.bin', 'uploaded'],
    ]);
    expect(notes.join()).toContain('sessions: upload sessions are kept there (UPLOAD_SESSION_DIR)');
  } finally {
    rmSync(`${cwd}-there`, { recursive: true, force: true });
  }
});
