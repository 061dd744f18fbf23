import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Archive } from '../../../../src/archive/archive.js';
import type { ChatId } from '../../../../src/chat/chat-id.js';
import type { Media } from '../../../../src/chat/media.js';
import { chatNamed, recordOf, textMessage } from '../../../archive/sample-message.js';

/** A chat of an archive that is made for a test. */
export interface SmallChat {
  readonly id: ChatId;
  readonly title: string;
  readonly username?: string;
  /** Its files, by what is in them. */
  readonly contents: readonly string[];
  /** Of all of them, as their sender has it. */
  readonly mimeType?: string;
}

/** Makes an archive with a document a message, and what an export leaves beside it. @returns the folders of the chats. */
export async function makeArchive(directory: string, chats: readonly SmallChat[]): Promise<readonly string[]> {
  using archive = await Archive.open(directory);
  return chats.map((chat) => addChat(archive, chat));
}

/** Writes a chat into an archive that is open. @returns its folder. */
export function addChat(archive: Archive, { contents, mimeType, ...chat }: SmallChat): string {
  const { directory } = archive;
  const { folder } = archive.placeChat({ ...chatNamed(chat.id), ...chat });
  const records = contents.map((content, index) => {
    const path = `media/documents/2026-05-01_${index + 1}_note.txt`;
    put(join(directory, folder, path), content);
    const media: Media = {
      kind: 'document',
      role: 'main',
      remoteId: `${chat.id}:${index}`,
      sizeBytes: content.length,
      ...(mimeType === undefined ? {} : { mimeType }),
    };
    const sha256 = createHash('sha256').update(content).digest('hex');
    const file = { path, sizeBytes: Buffer.byteLength(content), sha256 };
    return recordOf({ ...textMessage(index + 1), chatId: chat.id }, [{ state: 'stored', media, file }]);
  });
  archive.commit({ chatId: chat.id, records, senders: [] });
  put(join(directory, folder, 'result.json'), '{}');
  put(join(directory, folder, '.partial', 'doc+7.part'), 'half');
  put(join(directory, folder, 'media', 'documents', 'stray.txt'), 'nobody knows it');
  return folder;
}

/** Writes a file, and makes its folders. */
export function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
