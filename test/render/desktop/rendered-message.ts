import type { MediaRecord } from '../../../src/chat/record.js';
import type { Chat } from '../../../src/chat/chat.js';
import type { Message } from '../../../src/chat/message.js';
import type { PeerId } from '../../../src/chat/peer.js';
import type { Sender } from '../../../src/chat/sender.js';
import type { TextEntity } from '../../../src/chat/text.js';
import { LocalTime } from '../../../src/render/desktop/local-time.js';
import { messageText } from '../../../src/render/desktop/message-text.js';
import { PeerNames } from '../../../src/render/desktop/peer-names.js';

export const CHAT: Chat = { id: 'channel9', peerId: 'channel9', kind: 'supergroup', title: 'News', isPublic: true };
/** 13:00:05 in {@link TIME_ZONE}. */
export const DATE_MS: number = Date.UTC(2024, 0, 12, 10, 0, 5);
export const TIME_ZONE = 'Europe/Moscow';

const SENDERS: readonly Sender[] = [
  { id: 'user100', name: 'Ann', lastName: 'Lee', username: 'ann' },
  { id: 'user300', name: 'Bot', username: 'helper', isBot: true },
  { id: 'user404', isDeleted: true },
  { id: 'channel7', name: 'Другие' },
];

/** Ann's message of {@link CHAT} without text. */
export function message(more: Partial<Message> = {}): Message {
  return {
    id: 5,
    chatId: CHAT.id,
    kind: 'message',
    dateMs: DATE_MS,
    senderId: 'user100',
    text: { text: '', entities: [] },
    media: [],
    ...more,
  };
}

/** Text with entities. */
export function text(value: string, ...entities: readonly TextEntity[]): Message['text'] {
  return { text: value, entities };
}

/** The JSON text of a message, as it stands in result.json. */
export function renderedText(of: Partial<Message>, media: readonly MediaRecord[] = []): string {
  const names = new PeerNames(CHAT, (id: PeerId) => SENDERS.find((sender) => sender.id === id));
  const record = { message: message({ ...of, media: media.map((entry) => entry.media) }), media };
  return messageText(record, { names, time: new LocalTime(TIME_ZONE) });
}

/** The same, parsed. */
export function rendered(of: Partial<Message>, media: readonly MediaRecord[] = []): Record<string, unknown> {
  return JSON.parse(renderedText(of, media)) as Record<string, unknown>;
}

/** The keys between the head and the text, with their values, in order; the texts of both kinds are left out. */
export function particulars(of: Partial<Message>, media: readonly MediaRecord[] = []): [string, unknown][] {
  const entries = Object.entries(rendered(of, media));
  const end = entries.findIndex(([key]) => key === 'text');
  return entries.slice(entries.findIndex(([key]) => key === 'date_unixtime') + 1, end);
}
