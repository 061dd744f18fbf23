import type { MediaKind } from '../../src/chat/media.js';
import type { Message } from '../../src/chat/message.js';

/** A message of text. */
export function textMessage(id: number): Message {
  return {
    id,
    chatId: 'channel1',
    kind: 'message',
    dateMs: 1_700_000_000_000 + id * 1000,
    senderId: 'user1',
    text: { text: `message ${id}`, entities: [] },
    media: [],
  };
}

/** A message with one medium. */
export function mediaMessage(id: number, kind: MediaKind = 'photo', sizeBytes = 10): Message {
  return { ...textMessage(id), media: [{ kind, role: 'main', remoteId: `photo:${id}`, sizeBytes }] };
}
