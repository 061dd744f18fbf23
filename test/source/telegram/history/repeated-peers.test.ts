import bigInt from 'big-integer';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { RepeatedPeers } from '../../../../src/source/telegram/history/repeated-peers.js';
import { TlReader } from '../../../../src/source/telegram/wire/packets/tl-reader.js';

function user(id: number, firstName: string): Api.User {
  const photo = new Api.UserProfilePhoto({ photoId: bigInt(id), dcId: 2, strippedThumb: Buffer.from('blurred') });
  return new Api.User({ id: bigInt(id), firstName, photo });
}

function read(peers: RepeatedPeers, bytes: Buffer): { peers: unknown[]; position: number } {
  const reader = new TlReader(bytes);
  const read: unknown[] = [];
  while (reader.tellPosition() < bytes.length) read.push(peers.read(reader));
  return { peers: read, position: reader.tellPosition() };
}

describe('RepeatedPeers', () => {
  const page = Buffer.concat([user(1, 'Ada').getBytes(), user(2, 'Bo').getBytes(), user(1, 'Ada').getBytes()]);

  it('reads the same objects and the same number of bytes as gramjs, also repeatedly', () => {
    const peers = new RepeatedPeers();
    for (let turn = 0; turn < 3; turn += 1) {
      const { peers: users, position } = read(peers, page);
      expect(users.map((one) => (one as Api.User).firstName)).toEqual(['Ada', 'Bo', 'Ada']);
      for (const [index, one] of users.entries()) {
        expect((one as Api.User).getBytes()).toEqual(user(index === 1 ? 2 : 1, index === 1 ? 'Bo' : 'Ada').getBytes());
      }
      expect(position).toBe(page.length);
    }
  });

  it('reads the same bytes once', () => {
    const peers = new RepeatedPeers();
    read(peers, page);
    const second = read(peers, page).peers;
    expect(read(peers, page).peers[1]).toBe(second[1]);
  });

  it('notices a changed peer', () => {
    const peers = new RepeatedPeers();
    read(peers, page);
    read(peers, page);
    const [changed] = read(peers, user(1, 'Eve').getBytes()).peers;
    expect((changed as Api.User).firstName).toBe('Eve');
    // Shorter than what is known, and equal as far as it goes: the end of the page is no match.
    expect(() => read(peers, user(2, 'Bo').getBytes().subarray(0, -8))).toThrow(Error);
  });

  it('keeps no page in memory', () => {
    const peers = new RepeatedPeers();
    const fleeting = Buffer.from(user(1, 'Ada').getBytes());
    read(peers, fleeting);
    const [again] = read(peers, fleeting).peers;
    fleeting.fill(0);
    const photo = (again as Api.User).photo as Api.UserProfilePhoto;
    expect(photo.strippedThumb?.toString()).toBe('blurred');
  });
});
