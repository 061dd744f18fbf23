import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Chat } from '../../../src/chat/chat.js';
import { chatIdOf } from '../../../src/chat/chat-id.js';
import { peerId, type PeerKind } from '../../../src/chat/peer.js';
import { folderName } from '../../../src/archive/files/folder-name.js';
import { AWKWARD_NAMES } from '../checks/awkward-names.js';
import { CHAT, chatNamed } from '../sample-message.js';

describe('the folder of a chat', () => {
  it.each([
    ['Rust & Gophers', 'rust-gophers-channel42'],
    ['  «Привет, мир!» ', 'привет-мир-channel42'],
    ['你好世界', '你好世界-channel42'],
    ['İstanbul', 'i̇stanbul-channel42'],
    ['🎉🎉', 'supergroup-channel42'],
    ['', 'supergroup-channel42'],
    ['../..', 'supergroup-channel42'],
    ['CON', 'con-channel42'],
    ['word '.repeat(20), 'word-word-word-word-word-word-word-word-channel42'],
    ['x'.repeat(41), `${'x'.repeat(40)}-channel42`],
    [`${'你'.repeat(33)}ab`, `${'你'.repeat(33)}a-channel42`], // 100 bytes
    ['-- a -- b --', 'a-b-channel42'],
    ['e\u0301', 'é-channel42'],
  ])('of "%s" is %s', (title, folder) => {
    expect(folderName({ ...CHAT, title })).toBe(folder);
  });

  it('has both names of a person', () => {
    const chat: Chat = { ...chatNamed('account7001/user5'), kind: 'private', title: 'Ada', lastName: 'Lovelace' };
    expect(folderName(chat)).toBe('ada-lovelace-user5');
    expect(folderName(chat, { namesAccount: true })).toBe('ada-lovelace-user5-account7001');
    expect(folderName(CHAT, { namesAccount: true })).toBe('rust-gophers-channel42');
    expect(folderName({ ...chatNamed('account?/user5'), title: 'Ada' })).toBe('ada-user5');
    expect(folderName({ ...chatNamed('account7001/chat5'), kind: 'basic-group', title: '?' })).toBe(
      'basic-group-chat5',
    );
  });

  it('is one plain name for any title, and another one for each chat', () => {
    const title = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...AWKWARD_NAMES));
    const id = fc.tuple(
      fc.constantFrom<PeerKind[]>('user', 'chat', 'channel'),
      fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
    );
    fc.assert(
      fc.property(title, title, id, id, (one, other, [oneKind, oneId], [otherKind, otherId]) => {
        const folder = folderName({ ...CHAT, title: one, id: chatIdOf(peerId(oneKind, oneId), '7001') });
        expect(folder).toMatch(/^[\p{L}\p{M}\p{N}-]+-(user|chat|channel)\d+$/u);
        expect(folder).not.toMatch(/^-/);
        expect(Buffer.byteLength(folder)).toBeLessThanOrEqual(143);
        expect(folder.normalize('NFC')).toBe(folder);
        fc.pre(oneKind !== otherKind || oneId !== otherId);
        const another = folderName({ ...CHAT, title: other, id: chatIdOf(peerId(otherKind, otherId), '7001') });
        expect(another.normalize('NFD').toLowerCase()).not.toBe(folder.normalize('NFD').toLowerCase());
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses an id that is not one', () => {
    expect(() => folderName({ ...CHAT, id: 'channel/../..' })).toThrow(/got "channel\/\.\.\/\.\."/);
  });
});
