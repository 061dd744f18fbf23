import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { MediaFiles } from '../../src/archive/files/media-files.js';
import { ChatferryError } from '../../src/errors/chatferry-error.js';
import type { CopyOfOriginal } from '../../src/media/media-describer.js';
import type { RunEvent } from '../../src/pipeline/export-progress.js';
import { replaceOriginals } from '../../src/pipeline/original-replacement.js';
import { CHAT, PHOTO, recordOf, textMessage } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';

const ORIGINAL = 'the whole original';
const COPY = 'smaller';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

let archive: Archive;
let folder: string;
let events: RunEvent[];
let asked: CopyOfOriginal[];

/** Stores the original under each path, with its smaller copy. */
function put(paths: readonly string[], copyEnding = 'webp', original = ORIGINAL): string {
  const digest = sha256(original);
  const copyPath = `thumbs/${digest.slice(0, 32)}.small.${copyEnding}`;
  for (const path of paths) write(path, original);
  write(copyPath, COPY);
  const first = (archive.lastMessageId(CHAT.id) ?? 0) + 1;
  const records = paths.map((path, index) =>
    recordOf(textMessage(first + index), [
      { state: 'stored', media: PHOTO, file: { path, sizeBytes: original.length, sha256: digest } },
    ]),
  );
  archive.commit({ chatId: CHAT.id, records, senders: [] });
  archive.descriptions.put({
    chatId: CHAT.id,
    sha256: digest,
    recipe: 'v1',
    description: { content: { kind: 'image', mimeType: 'image/png' }, facts: {}, problems: [] },
    derivatives: [{ kind: 'transcode', path: copyPath, sizeBytes: COPY.length, mimeType: 'image/webp' }],
  });
  return copyPath;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function pathsOf(): readonly string[] {
  return [...archive.messages(CHAT.id)].flatMap(({ media }) =>
    media.map((record) => (record.state === 'stored' ? record.file.path : record.state)),
  );
}

async function replace(
  prove: () => Promise<string | undefined> = () => Promise.resolve(undefined),
  { signal }: AbortController = new AbortController(),
): ReturnType<typeof replaceOriginals> {
  const files = new MediaFiles({ directory: archive.directory, folder: archive.chat(CHAT.id)?.folder ?? '' });
  await files.prepare();
  const prover = {
    prove: (copy: CopyOfOriginal) => {
      asked.push(copy);
      return prove();
    },
  };
  const reporter = { event: (event: RunEvent): void => void events.push(event) };
  return replaceOriginals({ archive, chatId: CHAT.id, files, prover, reporter, signal });
}

beforeEach(async () => {
  archive = await Archive.open(temporaryDirectory());
  folder = join(archive.directory, archive.placeChat(CHAT).folder);
  [events, asked] = [[], []];
});
afterEach(() => {
  archive[Symbol.dispose]();
});

describe('smaller copies in the place of their originals', () => {
  it('get the name of each original with their own ending, and the originals are gone', async () => {
    const copyPath = put(['media/photos/1.png', 'media/photos/2.png']);
    put(['media/documents/3.tar.png'], 'webp', 'another original');
    expect(await replace()).toEqual({
      replacedCount: 2,
      savedBytes: ORIGINAL.length + 'another original'.length - 2 * COPY.length,
    });
    const paths = ['media/photos/1.webp', 'media/photos/2.webp', 'media/documents/3.tar.webp'];
    expect(pathsOf()).toEqual(paths);
    for (const path of paths) expect(readFileSync(join(folder, path), 'utf8')).toBe(COPY);
    for (const path of ['media/photos/1.png', 'media/photos/2.png', 'media/documents/3.tar.png', copyPath]) {
      expect(existsSync(join(folder, path)), path).toBe(false);
    }
    expect(archive.replacements.leftovers(CHAT.id)).toEqual([]);
    expect(asked[0]).toEqual({ original: join(folder, 'media/photos/1.png'), copy: join(folder, copyPath) });
    expect(await replace()).toEqual({ replacedCount: 0, savedBytes: 0 });
    expect(events).toEqual([]);
  });

  it('get a name of their own where the original has the same ending', async () => {
    put(['media/photos/1.webp']);
    await replace();
    expect(pathsOf()).toEqual(['media/photos/1.small.webp']);
    expect(existsSync(join(folder, 'media/photos/1.webp'))).toBe(false);
  });

  it('are removed where they do not hold all of it, and the originals stay for good', async () => {
    const copyPath = put(['media/photos/1.png']);
    expect(await replace(() => Promise.resolve('a frame is missing'))).toEqual({
      replacedCount: 0,
      savedBytes: 0,
      keptCount: 1,
    });
    expect([pathsOf(), existsSync(join(folder, copyPath))]).toEqual([['media/photos/1.png'], false]);
    expect(events).toEqual([
      { type: 'note', text: 'media/photos/1.png was not replaced by its smaller copy: a frame is missing.' },
    ]);
    expect(archive.descriptions.problems(CHAT.id)).toMatchObject([
      { reason: 'The original stays: a frame is missing.', path: 'media/photos/1.png' },
    ]);
    expect([await replace(), asked.length]).toEqual([{ replacedCount: 0, savedBytes: 0 }, 1]);
  });

  it('wait for the next run where it cannot be told now', async () => {
    const copyPath = put(['media/photos/1.png']);
    expect(await replace(() => Promise.reject(new ChatferryError('INTERNAL', 'No worker started.')))).toEqual({
      replacedCount: 0,
      savedBytes: 0,
    });
    expect(events).toEqual([{ type: 'note', text: 'media/photos/1.png was not replaced yet: No worker started.' }]);
    expect([pathsOf(), existsSync(join(folder, copyPath))]).toEqual([['media/photos/1.png'], true]);
    expect(await replace()).toMatchObject({ replacedCount: 1 });
  });

  it.each<[string, (copyPath: string) => void]>([
    ['the original was changed', () => write('media/photos/1.png', 'another original')],
    ['the copy has another size', (copyPath) => write(copyPath, 'cut')],
  ])('wait where %s, and nobody is asked', async (_, change) => {
    const copyPath = put(['media/photos/1.png']);
    change(copyPath);
    expect(await replace()).toEqual({ replacedCount: 0, savedBytes: 0 });
    expect([pathsOf(), asked, events]).toEqual([['media/photos/1.png'], [], []]);
  });

  it('stop with the reason of the signal, before the next and while one is proved', async () => {
    put(['media/photos/1.png']);
    put(['media/photos/2.png'], 'webp', 'another original');
    const controller = new AbortController();
    const reason = new ChatferryError('INTERRUPTED', 'Enough.');
    const interrupted = replace(() => {
      controller.abort(reason);
      return Promise.reject(new Error('The worker has gone.'));
    }, controller);
    await expect(interrupted).rejects.toBe(reason);
    expect([asked.length, events]).toEqual([1, []]);
    await expect(replace(undefined, controller)).rejects.toBe(reason);
    expect(asked).toHaveLength(1);
    const once = new AbortController();
    const after = replace(() => {
      once.abort(reason);
      return Promise.resolve(undefined);
    }, once);
    await expect(after).rejects.toBe(reason);
    expect(asked).toHaveLength(2);
  });

  it('leave originals behind when the run is killed, which the next run removes', async () => {
    put(['media/photos/1.png']);
    const [content] = archive.replacements.contents(CHAT.id);
    const [medium] = archive.replacements.media(CHAT.id, sha256(ORIGINAL));
    if (content === undefined || medium === undefined) throw new Error('there is a copy');
    write('media/photos/1.webp', COPY);
    const file = { path: 'media/photos/1.webp', sizeBytes: COPY.length, sha256: sha256(COPY) };
    archive.replacements.replace(CHAT.id, content.sha256, [{ medium, file }]);
    expect(existsSync(join(folder, 'media/photos/1.png'))).toBe(true);
    expect(await replace()).toEqual({ replacedCount: 0, savedBytes: 0 });
    expect(existsSync(join(folder, 'media/photos/1.png'))).toBe(false);
    expect(archive.replacements.leftovers(CHAT.id)).toEqual([]);
  });
});
