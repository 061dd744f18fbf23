import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { DerivativeFiles } from '../../src/archive/files/derivative-files.js';
import type { StoredFile } from '../../src/chat/record.js';
import type { Chat } from '../../src/chat/chat.js';
import { ChatferryError } from '../../src/errors/chatferry-error.js';
import { ChatDescription } from '../../src/pipeline/chat-description.js';
import type { RunEvent } from '../../src/pipeline/export-progress.js';
import type { DescribedFile, FileToDescribe, MediaDescriber } from '../../src/media/media-describer.js';
import { CHAT, PHOTO, recordOf, textMessage } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { settle } from '../concurrency/deferred.js';

const OTHER: Chat = { ...CHAT, id: 'channel43', title: 'Elsewhere' };

/** Makes one derivative of each file: its bytes in capitals. */
class Capitals implements MediaDescriber {
  readonly recipe = 'v1';
  readonly concurrency: number = 2;
  readonly described: string[] = [];
  accepted: readonly string[] = ['v1'];
  recipeNow = 'v1';
  /** How long a file takes. */
  work: () => Promise<void> = settle;
  mostAtOnce = 0;
  #atOnce = 0;

  recipes(): Promise<readonly string[]> {
    return Promise.resolve(this.accepted);
  }

  async describe({ path, outputFolder, name }: FileToDescribe, signal: AbortSignal): Promise<DescribedFile> {
    this.described.push(basename(path));
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    try {
      await Promise.race([this.work(), aborted(signal)]);
      signal.throwIfAborted();
    } finally {
      this.#atOnce -= 1;
    }
    const text = readFileSync(path, 'utf8').toUpperCase();
    const output = join(outputFolder, `${name}.thumb.webp`);
    writeFileSync(output, text);
    const content = { kind: 'image' as const, mimeType: 'image/jpeg' };
    return {
      recipe: this.recipeNow,
      description: { content, facts: {}, problems: [] },
      derivatives: [{ kind: 'thumbnail', path: output, sizeBytes: text.length, mimeType: 'image/webp' }],
    };
  }
}

/** An archive with a chat, whose media are short texts. */
class Stage implements Disposable {
  readonly events: RunEvent[] = [];

  readonly archive: Archive;
  readonly chat: Chat;

  private constructor(archive: Archive, chat: Chat) {
    this.archive = archive;
    this.chat = chat;
  }

  static async open(chat: Chat = CHAT, directory = temporaryDirectory()): Promise<Stage> {
    const archive = await Archive.open(directory);
    archive.placeChat(chat);
    return new Stage(archive, chat);
  }

  get folder(): string {
    return join(this.archive.directory, this.archive.chat(this.chat.id)?.folder ?? '');
  }

  post(firstId: number, texts: readonly string[]): void {
    const records = texts.map((text, index) => {
      const file = this.#write(firstId + index, text);
      const message = { ...textMessage(firstId + index), chatId: this.chat.id };
      return recordOf(message, [{ state: 'stored', media: PHOTO, file }]);
    });
    this.archive.commit({ chatId: this.chat.id, records, senders: [] });
  }

  describe(
    describer: MediaDescriber,
    { signal = new AbortController().signal, isThrottled = false } = {},
  ): ChatDescription {
    const folder = this.archive.chat(this.chat.id)?.folder ?? '';
    return new ChatDescription({
      chatId: this.chat.id,
      archive: this.archive,
      files: new DerivativeFiles({ directory: this.archive.directory, folder }),
      describer,
      reporter: { event: (event) => this.events.push(event) },
      isThrottled: () => isThrottled,
      startsAfter: Promise.resolve(),
      signal,
    });
  }

  /** Sorted. */
  thumbnails(): readonly string[] {
    return readdirSync(join(this.folder, 'thumbs'))
      .map((name) => readFileSync(join(this.folder, 'thumbs', name), 'utf8'))
      .sort();
  }

  [Symbol.dispose](): void {
    this.archive.close();
  }

  #write(id: number, text: string): StoredFile {
    const path = `media/photos/${id}.jpg`;
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
    return { path, sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') };
  }
}

describe('the description of a chat', () => {
  it('takes up what is there and what comes while it runs, each content once', async () => {
    using stage = await Stage.open();
    stage.post(1, ['sea', 'sky', 'sea']);
    const describer = new Capitals();
    await using describing = stage.describe(describer);
    stage.post(4, ['sky', 'sand']);
    describing.wake();
    await describing.finish();
    expect(stage.thumbnails()).toEqual(['SAND', 'SEA', 'SKY']);
    expect(describer.described).toHaveLength(3);
    expect(describing.count).toEqual({
      describedCount: 3,
      sharedCount: 0,
      derivativeCount: 3,
      derivativeBytes: 10,
      copyCount: 0,
      copySavedBytes: 0,
    });
    expect(stage.events.at(-1)).toMatchObject({ type: 'previews', doneCount: 3 });
  });

  it('does more pages than one, at most as many files at once as there are workers and one that waits', async () => {
    using stage = await Stage.open();
    const texts = Array.from({ length: 150 }, (_, index) => `text ${index}`);
    stage.post(1, texts);
    const describer = new Capitals();
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(stage.thumbnails()).toHaveLength(150);
    expect(describer.mostAtOnce).toBe(3);
  });

  it('does one at a time while memory is high', async () => {
    using stage = await Stage.open();
    stage.post(1, ['one', 'two', 'three', 'four']);
    const describer = new Capitals();
    await using describing = stage.describe(describer, { isThrottled: true });
    await describing.finish();
    expect(describer.mostAtOnce).toBe(1);
    expect(stage.thumbnails()).toHaveLength(4);
  });

  it('takes over what another chat has, and makes it where that is gone', async () => {
    const directory = temporaryDirectory();
    const describer = new Capitals();
    {
      using other = await Stage.open(OTHER, directory);
      other.post(1, ['sea', 'sky']);
      await using describing = other.describe(describer);
      await describing.finish();
      const [first = ''] = readdirSync(join(other.folder, 'thumbs')).sort();
      rmSync(join(other.folder, 'thumbs', first));
    }
    using stage = await Stage.open(CHAT, directory);
    stage.post(1, ['sea', 'sky']);
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(describing.count).toMatchObject({ describedCount: 1, sharedCount: 1, derivativeCount: 2 });
    expect(stage.thumbnails()).toEqual(['SEA', 'SKY']);
  });

  it('ends at once when it is disposed of, and leaves the rest to the next run', async () => {
    using stage = await Stage.open();
    stage.post(1, ['one', 'two', 'three']);
    const describer = new Capitals();
    describer.work = forEver;
    {
      await using describing = stage.describe(describer);
      describing.wake();
    }
    describer.work = settle;
    await using again = stage.describe(describer);
    await again.finish();
    expect(again.count.describedCount).toBe(3);
  });

  it('throws what it is aborted with', async () => {
    using stage = await Stage.open();
    stage.post(1, ['one']);
    const controller = new AbortController();
    const describer = new Capitals();
    describer.work = forEver;
    await using describing = stage.describe(describer, { signal: controller.signal });
    controller.abort(new ChatferryError('INTERRUPTED', 'Interrupted.'));
    await expect(describing.finish()).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('goes without, and says so, where no worker can be started', async () => {
    using stage = await Stage.open();
    stage.post(1, ['one', 'two']);
    const describer = new Capitals();
    describer.work = () => Promise.reject(new ChatferryError('INTERNAL', 'A worker did not start.'));
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(stage.events.filter(({ type }) => type !== 'previews')).toEqual([
      { type: 'note', text: expect.stringContaining('did not start') as string },
    ]);
    expect(describing.count.describedCount).toBe(0);
  });

  it('does what lacked a program again once the program is there, and not before', async () => {
    using stage = await Stage.open();
    stage.post(1, ['film']);
    const describer = new Capitals();
    Object.assign(describer, { accepted: ['v1', 'v1-ffmpeg'], recipeNow: 'v1-ffmpeg' });
    for (const expected of [1, 1]) {
      await using describing = stage.describe(describer);
      await describing.finish();
      expect(describer.described).toHaveLength(expected);
    }
    Object.assign(describer, { accepted: ['v1'], recipeNow: 'v1' });
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(describer.described).toHaveLength(2);
  });

  it('removes strays of its own making, and nothing else', async () => {
    using stage = await Stage.open();
    stage.post(1, ['one']);
    const thumbs = join(stage.folder, 'thumbs');
    mkdirSync(thumbs);
    writeFileSync(join(thumbs, `${'0'.repeat(32)}.thumb.webp`), 'stray');
    writeFileSync(join(thumbs, '2026-05-01_1234_2_thumbnail.jpg'), "the source's");
    await using describing = stage.describe(new Capitals());
    await describing.finish();
    expect(stage.thumbnails()).toEqual(['ONE', "the source's"]);
  });
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

function forEver(): Promise<void> {
  return new Promise(() => undefined);
}
