import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { DemoUpload, type DemoUploadReport } from '../../../src/app/upload/demo-upload.js';
import { Archive } from '../../../src/archive/archive.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import type { UploadProgress } from '../../../src/upload/progress/upload-progress.js';
import { chatNamed } from '../../archive/sample-message.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { addChat } from './items/small-archive.js';

const CREW = { id: 'channel42', title: 'Harbour Crew', contents: ['one', 'two', 'three'] } as const;

interface Demo {
  readonly report: DemoUploadReport;
  readonly events: readonly UploadProgress[];
  readonly notes: readonly string[];
  readonly cwd: string;
}

function hasEnded({ stage }: UploadProgress): boolean {
  return stage === 'complete' || stage === 'failed';
}

/** Exports a chat with three files while its archive is uploaded. */
async function demo(onEvent: (event: UploadProgress, folder: string) => void = () => undefined): Promise<Demo> {
  const cwd = temporaryDirectory();
  const events: UploadProgress[] = [];
  const notes: string[] = [];
  const env = { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), UPLOAD_MAX_RETRIES: '0' };
  const { settings } = loadSettings({ cwd, env, homeDirectory: cwd });
  let folder = '';
  let isEarlyThere: () => void = () => undefined;
  const early = new Promise<void>((resolve) => (isEarlyThere = resolve));
  await using upload = await DemoUpload.start({
    settings,
    cwd,
    reporter: {
      event: (event) => {
        events.push(event);
        onEvent(event, folder);
        if (events.filter(hasEnded).length === CREW.contents.length) isEarlyThere();
      },
    },
    onNote: (text) => notes.push(text),
    signal: new AbortController().signal,
  });
  const { follower } = upload;
  const directory = join(cwd, 'exports');
  {
    using archive = await Archive.open(directory);
    follower.begin(archive);
    follower.chatStarted(chatNamed(CREW.id));
    folder = join(directory, addChat(archive, CREW));
    follower.committed([]);
    await early;
    follower.end();
  }
  return { report: await upload.finish(), events, notes, cwd };
}

it('brings what is exported to a server of its own, media before the end, and reads all of it back', async () => {
  const { report, events, notes, cwd } = await demo();
  const complete = events.filter(({ stage }) => stage === 'complete');
  expect(report).toMatchObject({ fileCount: complete.length, verifiedCount: complete.length });
  expect([2, 3]).toContain(report.earlyCount); // The last of them has just come.
  expect(complete.map(({ file }) => file)).toEqual(expect.arrayContaining([join(cwd, 'exports', 'archive.db')]));
  expect(report.sizeBytes).toBe(complete.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  expect(report.target).toMatch(/^tus\+http:\/\/127\.0\.0\.1:\d+\/files\/$/);
  expect(notes[0]).toBe(`Started a tus server on this machine: ${report.target}`);
  // Nothing of it is left: neither the server nor what uploads remember.
  await expect(fetch(report.target.slice('tus+'.length))).rejects.toThrow('fetch failed');
  expect(existsSync(join(cwd, 'sessions'))).toBe(false);
});

it('says which file came back different from the one on the disk', async () => {
  const change = ({ stage, file }: UploadProgress): void => {
    if (stage === 'complete' && file.endsWith('result.json')) writeFileSync(file, '[]');
  };
  await expect(demo(change)).rejects.toMatchObject({
    code: 'CONTENT_MISMATCH',
    message: expect.stringMatching(
      /result\.json came back from tus\+http:\S+ different from .*result\.json\.$/,
    ) as unknown,
  });
});

it('ends with what kept a file from being uploaded, by its name', async () => {
  let isChanged = false;
  const change = ({ file }: UploadProgress, folder: string): void => {
    if (isChanged || !file.endsWith('_1_note.txt')) return;
    isChanged = true;
    writeFileSync(join(folder, 'media', 'documents', '2026-05-01_2_note.txt'), 'damaged');
    writeFileSync(join(folder, 'media', 'documents', '2026-05-01_3_note.txt'), 'damaged');
  };
  await expect(demo(change)).rejects.toThrow(/2026-05-01_\d_note\.txt: /);
});
