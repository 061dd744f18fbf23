import type { Batch } from '../../src/chat/batch.js';
import type { Chat } from '../../src/chat/chat.js';
import type { Media } from '../../src/chat/media.js';
import type { Message } from '../../src/chat/message.js';
import type { MessageSource } from '../../src/source/message-source.js';

export async function batchesOf(from: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of from) all.push(batch);
  return all;
}

export async function idsOf(from: AsyncIterable<Batch>): Promise<number[]> {
  return (await batchesOf(from)).flatMap(({ messages }) => messages.map(({ id }) => id));
}

/** The first message with a file among those whose hashes are known. */
export async function messageWithFile(
  source: MessageSource,
  chat: Chat,
  mediaHashes: ReadonlyMap<number, string>,
): Promise<{ readonly message: Message; readonly media: Media; readonly sha256: string }> {
  for (const [id, sha256] of mediaHashes) {
    const [batch] = await batchesOf(source.messages(chat, [id], new AbortController().signal));
    const message = batch?.messages[0];
    const media = message?.media[0];
    if (message !== undefined && media !== undefined) return { message, media, sha256 };
  }
  throw new Error('the sample has no medium');
}
