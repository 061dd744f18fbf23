import { describe, expect, it } from 'vitest';

import { chosenChats } from '../../src/archive/chosen-chats.js';
import type { StoredChat } from '../../src/archive/records.js';
import { chatIdOf } from '../../src/chat/chat-id.js';
import type { PeerId } from '../../src/chat/peer.js';
import type { Chat } from '../../src/chat/chat.js';

const stored = (peer: PeerId, title: string, more: Partial<Chat> = {}): StoredChat => ({
  chat: { id: chatIdOf(peer, '7001'), peerId: peer, kind: 'supergroup', title, isPublic: false, ...more },
  folder: peer,
});

const CREW = stored('channel3', 'Crew', { username: 'crew', migratedFrom: 'chat9' });
const OLD = stored('chat9', 'Crew', { kind: 'basic-group' });
const SHOP = stored('channel4', 'Shop');

function choose(...references: readonly string[]): { folders: readonly string[]; notes: readonly string[] } {
  const notes: string[] = [];
  const chosen = chosenChats([OLD, CREW, SHOP], { references, onNote: (text) => notes.push(text) });
  return { folders: chosen.map(({ folder }) => folder), notes };
}

describe('the chats of an archive that a command is for', () => {
  it('are all when none is named', () => {
    expect(choose()).toEqual({ folders: ['chat9', 'channel3', 'channel4'], notes: [] });
  });

  it('are those that are named, each once, in the order given', () => {
    expect(choose('Shop', '@crew', 'channel4')).toEqual({ folders: ['channel4', 'channel3'], notes: [] });
  });

  it('are whole chats, also where one message is named, and that is said', () => {
    expect(choose('https://t.me/c/4/17')).toEqual({
      folders: ['channel4'],
      notes: ['https://t.me/c/4/17 leads to one message or topic: the whole chat is taken.'],
    });
  });

  it('are the supergroups that old groups became, as an export takes them, and that is said', () => {
    expect(choose('chat9')).toEqual({
      folders: ['channel3'],
      notes: ['"Crew" (chat9) became the supergroup channel3, which is used instead.'],
    });
    expect(choose('Crew')).toEqual({ folders: ['channel3'], notes: [] });
  });

  it.each([
    ['Shpo', 'CHAT_NOT_FOUND', 'There is no chat "Shpo" in the archive. Did you mean "Shop"?'],
    ['Something else', 'CHAT_NOT_FOUND', 'There is no chat "Something else" in the archive. Export it first.'],
    ['https://t.me/+AbC', 'USAGE', 'https://t.me/+AbC is an invitation'],
    [' ', 'USAGE', 'The chat is missing'],
  ])('cannot be %s', (reference, code, message) => {
    expect(() => choose(reference)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error,
    );
  });
});
