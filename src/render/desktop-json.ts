import path from 'node:path';

import type { ArchiveReader } from '../archive/archive-reader.js';
import type { StoredChat } from '../archive/records.js';
import { AsideFile } from './aside-file.js';
import { chatExtraKeys, chatKeys } from './desktop/chat-keys.js';
import { jsonText } from './desktop/json-text.js';
import { LocalTime } from './desktop/local-time.js';
import { messageText } from './desktop/message-text.js';
import { PeerNames } from './desktop/peer-names.js';
import { countLost, withPresentFiles } from './present-files.js';
import type { RenderChatOptions, RenderedChat, Renderer, RenderRun } from './renderer.js';

/** Messages between two progress reports and checks of the signal. */
const MESSAGES_A_REPORT = 500;

/**
 * Telegram Desktop's `result.json` of one chat, with what Desktop omits under `chatferry` keys; docs/FORMATS.md describes it.
 * Messages are written while they are read, so memory does not grow with the chat.
 */
export const desktopJson: Renderer = {
  format: 'json',
  begin: ({ archive, timeZone }) => new DesktopRun(archive, new LocalTime(timeZone)),
};

class DesktopRun implements RenderRun {
  readonly #archive: ArchiveReader;
  readonly #time: LocalTime;

  constructor(archive: ArchiveReader, time: LocalTime) {
    this.#archive = archive;
    this.#time = time;
  }

  async chat({ chat, folder }: StoredChat, options: RenderChatOptions): Promise<RenderedChat> {
    const archive = this.#archive;
    const time = this.#time;
    const names = new PeerNames(chat, (id) => archive.sender(id));
    const chatFolder = path.join(archive.directory, folder);
    const file = await AsideFile.open(archive, path.join(chatFolder, 'result.json'));
    try {
      // The head without its closing bracket, which follows the messages.
      file.append(`${jsonText(chatKeys(chat)).slice(0, -'\n}'.length)},\n "messages": [`);

      let messageCount = 0;
      let lostFileCount = 0;
      let unreported = 0;
      const report = (): void => {
        if (unreported > 0) options.onMessages?.(unreported);
        unreported = 0;
      };
      for await (const page of withPresentFiles(archive.messages(chat.id), chatFolder, options.signal)) {
        lostFileCount += countLost(page);
        for (const record of page) {
          file.append(`${messageCount === 0 ? '\n' : ',\n'}  ${messageText(record, { names, time })}`);
          messageCount += 1;
          unreported += 1;
          if (unreported === MESSAGES_A_REPORT) {
            options.signal.throwIfAborted();
            report();
          }
          if (file.isFull) await file.flush();
        }
      }

      const extra = chatExtraKeys({ chat, timeZone: time.timeZone, messageCount, senders: names.named });
      file.append(`\n ],\n "chatferry": ${jsonText(extra, 1)}\n}`);
      options.signal.throwIfAborted();
      await file.commit();
      report();
      return { paths: [file.path], messageCount, lostFileCount };
    } finally {
      await file.discard();
    }
  }

  /** Telegram Desktop writes no file about several chats when it exports one chat. */
  finish(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  /** Each chat has closed its own file. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
