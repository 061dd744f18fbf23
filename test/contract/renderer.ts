import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import type { ArchiveReader } from '../../src/archive/archive-reader.js';
import type { StoredChat } from '../../src/archive/records.js';
import type { Chat } from '../../src/chat/chat.js';
import type { MessageRecord } from '../../src/chat/record.js';
import type { RenderedChat, Renderer, RenderRun } from '../../src/render/renderer.js';
import { CHAT, chatNamed, HELLO_FILE, PHOTO, recordOf, textMessage, textRecords } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';

const OTHER: Chat = { ...chatNamed('channel43'), title: 'Elsewhere' };
/** More messages than any renderer keeps in memory. */
const MANY = 3000;

/** An archive with two chats: one with a photo, one with {@link MANY} messages. */
class Sample implements Disposable {
  readonly archive: Archive;
  readonly photoPath: string;

  private constructor(archive: Archive, photoPath: string) {
    this.archive = archive;
    this.photoPath = photoPath;
  }

  static async open(): Promise<Sample> {
    const archive = await Archive.open(temporaryDirectory());
    const { folder } = archive.placeChat(CHAT);
    archive.placeChat(OTHER);
    const photo = recordOf(textMessage(1, 'look'), [{ state: 'stored', media: PHOTO, file: HELLO_FILE }]);
    archive.commit({
      chatId: CHAT.id,
      records: [photo, ...textRecords(2, 3)],
      senders: [{ id: 'user5', name: 'Ann' }],
    });
    const others = textRecords(1, MANY).map((record) => ofChat(record, OTHER));
    archive.commit({ chatId: OTHER.id, records: others, senders: [] });
    const photoPath = join(archive.directory, folder, HELLO_FILE.path);
    mkdirSync(dirname(photoPath), { recursive: true });
    writeFileSync(photoPath, 'hello');
    return new Sample(archive, photoPath);
  }

  chat({ id }: Chat): StoredChat {
    const stored = this.archive.chat(id);
    if (stored === undefined) throw new Error(`${id} is not in the sample`);
    return stored;
  }

  /** What the renderer has written: text by path, relative to the archive. */
  rendered(): ReadonlyMap<string, string> {
    const files = new Map<string, string>();
    const walk = (folder: string): void => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (path === this.photoPath || (folder === this.archive.directory && entry.name.startsWith('archive.')))
          continue;
        if (entry.isDirectory()) walk(path);
        else files.set(relative(this.archive.directory, path).replaceAll(sep, '/'), readFileSync(path, 'latin1'));
      }
    };
    walk(this.archive.directory);
    return files;
  }

  [Symbol.dispose](): void {
    this.archive.close();
  }
}

function ofChat({ message, media }: MessageRecord, { id }: Chat): MessageRecord {
  return { message: { ...message, chatId: id }, media };
}

/** An archive as a renderer may know it: the members of the interface, and no more. */
function readerOf(archive: Archive, change: Partial<ArchiveReader> = {}): ArchiveReader {
  return {
    directory: archive.directory,
    folderMode: archive.folderMode,
    descriptions: { one: (chatId, sha256) => archive.descriptions.one(chatId, sha256) },
    chats: () => archive.chats(),
    chat: (id) => archive.chat(id),
    messages: (chatId, options) => archive.messages(chatId, options),
    message: (chatId, id) => archive.message(chatId, id),
    messageCount: (chatId) => archive.messageCount(chatId),
    missingMedia: (chatId) => archive.missingMedia(chatId),
    files: (options) => archive.files(options),
    sender: (id) => archive.sender(id),
    ...change,
  };
}

/** Calls `then` between two messages in the middle of the chat with many. */
function interrupting(archive: Archive, then: () => void): ArchiveReader {
  return readerOf(archive, {
    *messages(chatId, options) {
      for (const record of archive.messages(chatId, options)) {
        if (chatId === OTHER.id && record.message.id === MANY / 2) then();
        yield record;
      }
    },
  });
}

/** The suite that every {@link Renderer} passes. */
export function describeRenderer(name: string, renderer: Renderer): void {
  const never = new AbortController().signal;

  async function begin(archive: ArchiveReader): Promise<RenderRun> {
    return renderer.begin({ archive, timeZone: 'UTC' });
  }

  /** A whole run over both chats. */
  async function renderAll(sample: Sample, chats: readonly Chat[] = [CHAT, OTHER]): Promise<readonly string[]> {
    await using run = await begin(readerOf(sample.archive));
    const paths: string[] = [];
    for (const chat of chats) paths.push(...(await run.chat(sample.chat(chat), { signal: never })).paths);
    return [...paths, ...(await run.finish({ signal: never }))];
  }

  describe(`${name} keeps the contract of a renderer`, () => {
    it('writes the files of a chat into its folder, those over all chats beside, and names every one', async () => {
      using sample = await Sample.open();
      const { directory } = sample.archive;
      await using run = await begin(readerOf(sample.archive));
      expect(sample.rendered()).toEqual(new Map());
      const named: string[] = [];
      for (const chat of [CHAT, OTHER]) {
        const stored = sample.chat(chat);
        const { paths } = await run.chat(stored, { signal: never });
        expect(paths).not.toEqual([]);
        for (const path of paths) expect(path.startsWith(join(directory, stored.folder) + sep)).toBe(true);
        named.push(...paths);
      }
      const over = await run.finish({ signal: never });
      for (const path of over) expect(dirname(path)).toBe(directory);
      const found = [...sample.rendered().keys()].map((path) => join(directory, path));
      expect([...named, ...over].sort()).toEqual(found.sort());
    });

    it('counts messages, and reports each of them once', async () => {
      using sample = await Sample.open();
      await using run = await begin(readerOf(sample.archive));
      let reported = 0;
      const onMessages = (count: number): void => {
        reported += count;
      };
      const rendered = await run.chat(sample.chat(OTHER), { signal: never, onMessages });
      expect(rendered).toMatchObject({ messageCount: MANY, lostFileCount: 0 } satisfies Partial<RenderedChat>);
      expect(reported).toBe(MANY);
    });

    it('gives the same bytes again, in whatever order the chats come', async () => {
      using sample = await Sample.open();
      await renderAll(sample);
      const first = sample.rendered();
      await renderAll(sample, [OTHER, CHAT]);
      expect(sample.rendered()).toEqual(first);
    });

    it('shows the whole archive in files over all chats, though only one chat is rendered', async () => {
      using sample = await Sample.open();
      await renderAll(sample);
      const whole = sample.rendered();
      await renderAll(sample, [CHAT]);
      expect(sample.rendered()).toEqual(whole);
    });

    it('renders a chat again within a run, as it is by then', async () => {
      using sample = await Sample.open();
      {
        await using run = await begin(readerOf(sample.archive));
        await run.chat(sample.chat(CHAT), { signal: never });
        sample.archive.commit({ chatId: CHAT.id, records: textRecords(4, 5), senders: [] });
        expect(await run.chat(sample.chat(CHAT), { signal: never })).toMatchObject({ messageCount: 5 });
        await run.chat(sample.chat(OTHER), { signal: never });
        await run.finish({ signal: never });
      }
      const again = sample.rendered();
      await renderAll(sample);
      expect(again).toEqual(sample.rendered());
    });

    it('keeps the last rendering when it is stopped in the middle, and leaves nothing beside', async () => {
      using sample = await Sample.open();
      await renderAll(sample);
      const last = sample.rendered();
      sample.archive.commit({
        chatId: OTHER.id,
        records: [ofChat(recordOf(textMessage(MANY + 1)), OTHER)],
        senders: [],
      });
      const stop = new AbortController();
      const reader = interrupting(sample.archive, () => {
        stop.abort(new Error('enough'));
      });
      {
        await using run = await begin(reader);
        await expect(run.chat(sample.chat(OTHER), { signal: stop.signal })).rejects.toThrow('enough');
      }
      expect(sample.rendered()).toEqual(last);
    });

    it('goes on with other chats when one cannot be read', async () => {
      using sample = await Sample.open();
      const reader = interrupting(sample.archive, () => {
        throw new Error('damaged');
      });
      await using run = await begin(reader);
      await expect(run.chat(sample.chat(OTHER), { signal: never })).rejects.toThrow('damaged');
      expect(sample.rendered()).toEqual(new Map());
      const { paths } = await run.chat(sample.chat(CHAT), { signal: never });
      expect(sample.rendered().size).toBe(paths.length);
    });

    it('leaves files over all chats as they were where a run is not finished', async () => {
      using sample = await Sample.open();
      await renderAll(sample);
      const last = sample.rendered();
      sample.archive.placeChat({ ...chatNamed('channel44'), title: 'New' });
      {
        await using run = await begin(readerOf(sample.archive));
        await run.chat(sample.chat(CHAT), { signal: never });
      }
      expect(sample.rendered()).toEqual(last);
    });

    it('has runs side by side, each of its own archive', async () => {
      using one = await Sample.open();
      using other = await Sample.open();
      other.archive.commit({ chatId: CHAT.id, records: textRecords(4, 9), senders: [] });
      await Promise.all([renderAll(one), renderAll(other, [OTHER, CHAT])]);
      const [ofOne, ofOther] = [one.rendered(), other.rendered()];
      await renderAll(one);
      await renderAll(other);
      expect([one.rendered(), other.rendered()]).toEqual([ofOne, ofOther]);
      expect(ofOne).not.toEqual(ofOther);
    });

    it('counts files that are not on the disk, and names none of them', async () => {
      using sample = await Sample.open();
      rmSync(sample.photoPath);
      await using run = await begin(readerOf(sample.archive));
      expect(await run.chat(sample.chat(CHAT), { signal: never })).toMatchObject({ messageCount: 3, lostFileCount: 1 });
      expect([...sample.rendered().values()].filter((text) => text.includes(HELLO_FILE.path))).toEqual([]);
    });

    it('says what is in the way where it cannot write, and leaves nothing beside', async () => {
      using sample = await Sample.open();
      for (const path of await renderAll(sample)) {
        rmSync(path);
        mkdirSync(path);
        writeFileSync(join(path, 'file'), '');
        await expect(renderAll(sample)).rejects.toMatchObject({
          code: 'FILE_SYSTEM',
          message: expect.stringContaining(path) as string,
        });
        expect(readdirSync(dirname(path)).filter((entry) => entry.startsWith('.'))).toEqual([]);
        expect(statSync(path).isDirectory()).toBe(true);
        rmSync(path, { recursive: true });
      }
    });

    it('finishes a run without chats', async () => {
      using archive = await Archive.open(temporaryDirectory());
      await using run = await begin(readerOf(archive));
      for (const path of await run.finish({ signal: never })) expect(dirname(path)).toBe(archive.directory);
    });
  });
}
