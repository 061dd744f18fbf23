import fc from 'fast-check';
import { expect, it } from 'vitest';

import { parsePeerId, peerId, type PeerKind } from '../../src/chat/peer.js';

const kinds: readonly PeerKind[] = ['user', 'chat', 'channel'];

it('spells a peer as Telegram Desktop does', () => {
  expect(peerId('user', 42)).toBe('user42');
  expect(peerId('channel', 1234567890123n)).toBe('channel1234567890123');
  expect(peerId('chat', '7')).toBe('chat7');
});

it('takes apart what it put together, for ids of all 64 bits', () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (kind, id) => {
      expect(parsePeerId(peerId(kind, id))).toEqual({ kind, id: String(id) });
    }),
  );
});

it('gives different peers different texts, also when they share a number', () => {
  expect(new Set(kinds.map((kind) => peerId(kind, 5))).size).toBe(kinds.length);
});
