import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import type { Tombstone } from '../../../src/archive/tables/tombstone-table.js';
import { execute } from '../checks/hostile-archive.js';
import { CHAT, chatNamed, textRecords } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

async function openWithChat(directory = temporaryDirectory()): Promise<Archive> {
  const archive = await Archive.open(directory);
  archive.placeChat(CHAT);
  return archive;
}

function tombstone(messageId: number, more: Partial<Tombstone> = {}): Tombstone {
  return { chatId: CHAT.id, messageId, source: 'telegram', noticedAtMs: 1000, ...more };
}

describe('tombstones', () => {
  it('are none until they are added, and leave their messages as they are', async () => {
    using archive = await openWithChat();
    const records = textRecords(1, 3);
    archive.commit({ chatId: CHAT.id, records, senders: [] });
    expect([...archive.tombstones.ofChat(CHAT.id)]).toEqual([]);

    archive.tombstones.add([]);
    archive.tombstones.add([tombstone(2), tombstone(9)]);
    expect([...archive.tombstones.ofChat(CHAT.id)]).toEqual([tombstone(2), tombstone(9)]);
    expect([...archive.messages(CHAT.id)]).toEqual(records);
    expect(archive.search('message 2')).toHaveLength(1);
  });

  it('are of a message and a source, with the date when the deletion was noticed first', async () => {
    using archive = await openWithChat();
    archive.tombstones.add([tombstone(5), tombstone(5, { source: 'desktop-export', noticedAtMs: 3000 })]);
    archive.tombstones.add([tombstone(5, { noticedAtMs: 2000 }), tombstone(5, { noticedAtMs: 500 })]);

    expect(archive.tombstones.of(CHAT.id, 5)).toEqual([
      tombstone(5, { source: 'desktop-export', noticedAtMs: 3000 }),
      tombstone(5, { noticedAtMs: 500 }),
    ]);
    expect(archive.tombstones.of(CHAT.id, 6)).toEqual([]);
  });

  it('are read in the order of the messages, chat by chat, also more than a page of them', async () => {
    using archive = await openWithChat();
    const other = chatNamed('channel7');
    archive.placeChat(other);
    const ids = Array.from({ length: 2500 }, (_, index) => index - 1000);
    archive.tombstones.add([...ids].reverse().map((id) => tombstone(id)));
    archive.tombstones.add([tombstone(1, { chatId: other.id })]);

    expect(Array.from(archive.tombstones.ofChat(CHAT.id), ({ messageId }) => messageId)).toEqual(ids);
    expect([...archive.tombstones.ofChat(other.id)]).toEqual([tombstone(1, { chatId: other.id })]);
  });

  it.each([
    ['a chat without a place', { chatId: 'channel7' }],
    ['a name that is none of a source', { source: 'A source' }],
    ['a date that is none', { noticedAtMs: NaN }],
    ['an id of no message', { messageId: 2 ** 40 }],
  ] as const)('are all refused where one has %s', async (_, more) => {
    using archive = await openWithChat();
    expect(() => {
      archive.tombstones.add([tombstone(1), tombstone(2, more)]);
    }).toThrow(expect.objectContaining({ code: 'INTERNAL' }) as Error);
    expect([...archive.tombstones.ofChat(CHAT.id)]).toEqual([]);
  });

  it('are read by a reader, which cannot add any; a row that is none is refused', async () => {
    const directory = temporaryDirectory();
    {
      using archive = await openWithChat(directory);
      archive.tombstones.add([tombstone(5)]);
    }
    {
      using archive = await Archive.open(directory, { readOnly: true });
      expect(archive.tombstones.of(CHAT.id, 5)).toEqual([tombstone(5)]);
      expect(() => {
        archive.tombstones.add([tombstone(6)]);
      }).toThrow(expect.objectContaining({ code: 'FILE_SYSTEM' }) as Error);
    }
    execute(join(directory, 'archive.db'), "UPDATE tombstones SET noticed_at_ms = 'zzz'");
    using archive = await Archive.open(directory, { readOnly: true });
    expect(() => archive.tombstones.of(CHAT.id, 5)).toThrow(
      expect.objectContaining({ code: 'ARCHIVE_DAMAGED' }) as Error,
    );
  });
});
