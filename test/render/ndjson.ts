import { join } from 'node:path';

import type { ArchiveReader } from '../../src/archive/archive-reader.js';
import type { StoredChat } from '../../src/archive/records.js';
import type { MediaRecord, MessageRecord } from '../../src/chat/record.js';
import { AsideFile } from '../../src/render/aside-file.js';
import { countLost, withPresentFiles } from '../../src/render/present-files.js';
import type { RenderChatOptions, RenderedChat, Renderer, RenderRun } from '../../src/render/renderer.js';

/**
 * A line of JSON for each message in `messages.ndjson`, and one for each chat in `chats.ndjson`: the smallest format that
 * uses all of a renderer's contract. It stands here alone; no file of chatferry names it.
 */
export const ndjson: Renderer = {
  format: 'ndjson',
  begin: ({ archive }) => new NdjsonRun(archive),
};

class NdjsonRun implements RenderRun {
  readonly #archive: ArchiveReader;

  constructor(archive: ArchiveReader) {
    this.#archive = archive;
  }

  async chat({ chat, folder }: StoredChat, { signal, onMessages }: RenderChatOptions): Promise<RenderedChat> {
    const chatFolder = join(this.#archive.directory, folder);
    const counts = { messageCount: 0, lostFileCount: 0 };
    const path = await this.#write(join(chatFolder, 'messages.ndjson'), async (file) => {
      for await (const page of withPresentFiles(this.#archive.messages(chat.id), chatFolder, signal)) {
        signal.throwIfAborted();
        for (const record of page) file.append(`${JSON.stringify(this.#lineOf(record))}\n`);
        await file.flush();
        counts.messageCount += page.length;
        counts.lostFileCount += countLost(page);
      }
    });
    onMessages?.(counts.messageCount);
    return { paths: [path], ...counts };
  }

  async finish(): Promise<readonly string[]> {
    const lines = this.#archive.chats().map(({ chat: { id, title }, folder }) => {
      return JSON.stringify({ id, title, folder, messageCount: this.#archive.messageCount(id) });
    });
    const path = join(this.#archive.directory, 'chats.ndjson');
    return [
      await this.#write(path, (file) => {
        for (const line of lines) file.append(`${line}\n`);
      }),
    ];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #write(path: string, fill: (file: AsideFile) => void | Promise<void>): Promise<string> {
    const file = await AsideFile.open(this.#archive, path);
    try {
      await fill(file);
      await file.commit();
      return file.path;
    } finally {
      await file.discard();
    }
  }

  #lineOf({ message: { id, dateMs, senderId, text }, media }: MessageRecord): object {
    const from = senderId === undefined ? undefined : this.#archive.sender(senderId)?.name;
    return { id, dateMs, from, text: text.text, media: media.map(pathOrState) };
  }
}

function pathOrState(record: MediaRecord): string {
  return record.state === 'stored' ? record.file.path : record.state;
}
