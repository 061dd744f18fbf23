import type { Chat } from '../../src/chat/chat.js';
import { type ChatId, peerOf } from '../../src/chat/chat-id.js';
import type { Media } from '../../src/chat/media.js';
import type { Message } from '../../src/chat/message.js';
import type { MediaRecord, MessageRecord, StoredFile } from '../../src/chat/record.js';

export const CHAT: Chat = chatNamed('channel42');

/** The account that saw it, in the archives of these tests. */
export const ACCOUNT = '7001';

/** A chat like {@link CHAT} with another id. */
export function chatNamed(id: ChatId): Chat {
  return { id, peerId: peerOf(id), kind: 'supergroup', title: 'Rust & Gophers', isPublic: true };
}

export const PHOTO: Media = { kind: 'photo', role: 'main', remoteId: 'photo:7', sizeBytes: 5 };

export const HELLO_FILE: StoredFile = {
  path: 'media/photos/2026-05-01_1_photo.jpg',
  sizeBytes: 5,
  sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
};

/** A text message of {@link CHAT}, sent `id` seconds after 2026-05-01. */
export function textMessage(id: number, text = `message ${id}`, more: Partial<Message> = {}): Message {
  return {
    id,
    chatId: CHAT.id,
    kind: 'message',
    dateMs: Date.UTC(2026, 4, 1) + id * 1000,
    text: { text, entities: [] },
    media: [],
    ...more,
  };
}

/** A record of a message with the media of the given records. */
export function recordOf(message: Message, media: readonly MediaRecord[] = []): MessageRecord {
  return { message: { ...message, media: media.map((record) => record.media) }, media };
}

/** Records of text messages `first` to `last`. */
export function textRecords(first: number, last: number): readonly MessageRecord[] {
  return Array.from({ length: last - first + 1 }, (_, index) => recordOf(textMessage(first + index)));
}
