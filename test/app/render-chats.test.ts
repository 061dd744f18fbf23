import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { renderArchive } from '../../src/app/render-archive.js';
import { type RenderedFiles, renderChats } from '../../src/app/render-chats.js';
import { Archive } from '../../src/archive/archive.js';
import type { StoredChat } from '../../src/archive/records.js';
import type { ProgressEvent } from '../../src/pipeline/export-progress.js';
import { desktopJson } from '../../src/render/desktop-json.js';
import type { Renderer } from '../../src/render/renderer.js';
import { CHAT, chatNamed, HELLO_FILE, PHOTO, recordOf, textMessage } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { ndjson } from '../render/ndjson.js';

const never = new AbortController().signal;

/** Two chats; the first has a photo that is on the disk, and one that is not. */
async function archiveOfTwo(): Promise<Archive> {
  const archive = await Archive.open(temporaryDirectory());
  const { folder } = archive.placeChat(CHAT);
  archive.placeChat({ ...chatNamed('channel43'), title: 'Elsewhere' });
  const lost = { ...HELLO_FILE, path: HELLO_FILE.path.replace('_1_', '_2_') };
  const records = [HELLO_FILE, lost].map((file, index) =>
    recordOf(textMessage(index + 1), [{ state: 'stored', media: PHOTO, file }]),
  );
  archive.commit({ chatId: CHAT.id, records, senders: [] });
  const path = join(archive.directory, folder, HELLO_FILE.path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'hello');
  return archive;
}

describe('renderChats', () => {
  it('runs each renderer once over chats that come one by one, and tells each file when it is written', async () => {
    using archive = await archiveOfTwo();
    const told: string[] = [];
    const onRendered = ({ format, paths, chat }: RenderedFiles): void => {
      for (const path of paths) expect(existsSync(path)).toBe(true);
      told.push(`${format}: ${paths.map((path) => basename(path)).join()} ${chat?.chat.chat.id ?? 'all'}`);
    };
    async function* chats(): AsyncGenerator<StoredChat, void, void> {
      for (const chat of archive.chats()) yield await Promise.resolve(chat);
    }
    const [first = '', second = ''] = archive.chats().map(({ chat }): string => chat.id);
    const renderers = [ndjson, desktopJson];
    const rendered = await renderChats(chats(), { archive, renderers, timeZone: 'UTC', onRendered, signal: never });
    expect(rendered.chats.map(({ chat, format }) => `${chat.chat.id} ${format}`)).toEqual([
      `${first} ndjson`,
      `${first} json`,
      `${second} ndjson`,
      `${second} json`,
    ]);
    expect(rendered.paths).toEqual([join(archive.directory, 'chats.ndjson')]);
    expect(told).toEqual([
      `ndjson: messages.ndjson ${first}`,
      `json: result.json ${first}`,
      `ndjson: messages.ndjson ${second}`,
      `json: result.json ${second}`,
      'ndjson: chats.ndjson all',
    ]);
  });

  it('finishes no renderer when a chat fails, and ends all that have begun', async () => {
    using archive = await archiveOfTwo();
    const ended: string[] = [];
    const failing = (format: string, error?: Error): Renderer => ({
      format,
      begin: () => ({
        chat: () =>
          error === undefined
            ? Promise.resolve({ paths: [], messageCount: 0, lostFileCount: 0 })
            : Promise.reject(error),
        finish: () => Promise.reject(new Error('must not be called')),
        [Symbol.asyncDispose]: () => {
          ended.push(format);
          return Promise.resolve();
        },
      }),
    });
    const renderers = [failing('good'), failing('bad', new Error('no space left'))];
    const rendering = renderChats(archive.chats(), { archive, renderers, onRendered: () => undefined, signal: never });
    await expect(rendering).rejects.toThrow('no space left');
    expect(ended).toEqual(['good', 'bad']);
  });
});

describe('renderArchive', () => {
  it('reports the files of chats and those over all chats, and notes lost files once a format', async () => {
    const archive = await archiveOfTwo();
    const { directory } = archive;
    archive.close();
    const events: ProgressEvent[] = [];
    const { chats, paths } = await renderArchive({
      settings: { exportDir: directory, timeZone: 'UTC' },
      chats: [],
      renderers: [ndjson],
      reporter: { event: (event) => events.push(event) },
      signal: never,
    });
    expect(chats.map(({ format, messageCount }) => `${format} ${messageCount}`).sort()).toEqual([
      'ndjson 0',
      'ndjson 2',
    ]);
    expect(paths).toEqual([join(directory, 'chats.ndjson')]);
    const rendered = events.flatMap((event) => (event.type === 'rendered' ? [event.path] : []));
    expect(rendered).toEqual([...chats.flatMap((chat) => chat.paths), ...paths]);
    const notes = events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
    expect(notes).toEqual([expect.stringMatching(/^Rust & Gophers: 1 stored files are not on the disk/)]);
    expect(
      readFileSync(paths[0] ?? '', 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(2);
  });
});
