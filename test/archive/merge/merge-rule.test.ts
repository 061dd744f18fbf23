import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import type { MediaRecord, MessageRecord } from '../../../src/chat/record.js';
import { ACCOUNT, CHAT, HELLO_FILE, PHOTO, recordOf, textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { expectedOf } from './merge-oracle.js';

const stored: MediaRecord = { state: 'stored', media: PHOTO, file: HELLO_FILE };
const PHOTO_WITHOUT_ID = { kind: 'photo', role: 'main', sizeBytes: 5 } as const;
const failed: MediaRecord = {
  state: 'failed',
  media: PHOTO_WITHOUT_ID,
  code: 'MEDIA_UNAVAILABLE',
  reason: 'Not exported.',
};
const RAW = { bytes: new Uint8Array([1, 2, 3]), layer: 198 };

async function openWithChat(): Promise<Archive> {
  const archive = await Archive.open(temporaryDirectory());
  archive.placeChat(CHAT);
  return archive;
}

function commit(archive: Archive, ...records: readonly MessageRecord[]): void {
  for (const record of records) archive.commit({ chatId: CHAT.id, records: [record], senders: [] });
}

function imported(record: MessageRecord): MessageRecord {
  return { ...record, source: 'desktop-export' };
}

describe('a record of a message that is there already', () => {
  it('takes neither raw bytes nor views nor the edit date, where its own source has none', async () => {
    using archive = await openWithChat();
    const known = { raw: RAW, viewCount: 7, editDateMs: 5000 };
    const full = recordOf(textMessage(1, 'hello', known));
    commit(archive, full, imported(recordOf(textMessage(1, 'hello'))));

    expect(archive.message(CHAT.id, 1)).toEqual(full);
  });

  it('wins where it has the newer edit, with what only the other knew; the other stays as a version', async () => {
    using archive = await openWithChat();
    const before = recordOf(textMessage(1, 'before', { raw: RAW, viewCount: 7 }), [stored]);
    const edited = imported(recordOf(textMessage(1, 'after', { editDateMs: 5000 }), [failed]));
    commit(archive, before, edited);

    const shown = archive.message(CHAT.id, 1);
    expect(shown).toMatchObject({
      source: 'desktop-export',
      message: { text: { text: 'after' }, raw: RAW, viewCount: 7, editDateMs: 5000 },
      media: [{ state: 'stored', file: HELLO_FILE }],
    });
    expect(archive.messageVersions(CHAT.id, 1)).toEqual([
      { role: 'other', record: before },
      { role: 'base', record: edited },
    ]);
    expect(archive.search('before')).toEqual([]);
    expect(archive.search('after')).toHaveLength(1);
  });

  it('of Telegram replaces the last one of Telegram, and what is kept of that is its text before an edit', async () => {
    using archive = await openWithChat();
    const sent = recordOf(textMessage(1, 'sent', { viewCount: 3, raw: RAW }));
    const seenAgain = recordOf(textMessage(1, 'sent', { viewCount: 4 }));
    const edited = recordOf(textMessage(1, 'edited', { editDateMs: 9000 }));
    commit(archive, sent, seenAgain);
    expect(archive.message(CHAT.id, 1)).toEqual(seenAgain);
    expect(archive.messageVersions(CHAT.id, 1)).toEqual([]);

    commit(archive, edited);
    expect(archive.message(CHAT.id, 1)).toEqual(edited);
    expect(archive.messageVersions(CHAT.id, 1)).toEqual([{ role: 'superseded', record: seenAgain }]);
  });

  it('is taken once: the same record again changes nothing', async () => {
    using archive = await openWithChat();
    const records = [
      recordOf(textMessage(1, 'before', { raw: RAW })),
      imported(recordOf(textMessage(1, 'after', { editDateMs: 5000 }))),
    ];
    commit(archive, ...records);
    const before = [archive.message(CHAT.id, 1), archive.messageVersions(CHAT.id, 1)];
    commit(archive, ...records, ...records);

    expect([archive.message(CHAT.id, 1), archive.messageVersions(CHAT.id, 1)]).toEqual(before);
  });

  it('tells nothing of a file that a later edit has overwritten', async () => {
    using archive = await openWithChat();
    const before = recordOf(textMessage(1, 'a'), [stored]);
    const other = { ...HELLO_FILE, sha256: 'cd'.repeat(32) };
    const after = recordOf(textMessage(1, 'b', { editDateMs: 5000 }), [{ ...stored, file: other }]);
    commit(archive, before, after);

    expect(archive.messageVersions(CHAT.id, 1).map(({ record }) => record.media[0])).toMatchObject([
      { state: 'failed', code: 'FILE_LOST' },
    ]);
    expect(archive.message(CHAT.id, 1)).toEqual(after);
  });

  it.each(['', 'Telegram', 'a source', '-x', `a${'b'.repeat(40)}`])(
    'is refused from a source named "%s"',
    async (source) => {
      using archive = await openWithChat();

      expect(() => {
        commit(archive, { ...recordOf(textMessage(1)), source });
      }).toThrow(/has the source .* which is not a valid name: lower case letters/);
    },
  );
});

it('keeps a cursor for each account and source of a chat', async () => {
  using archive = await openWithChat();
  const commitTo = (cursor: number, source?: string): void => {
    const reached = { account: ACCOUNT, firstMessageId: 1, cursor, ...(source !== undefined && { source }) };
    archive.commit({ chatId: CHAT.id, records: [], senders: [], reached });
  };
  commitTo(5);
  commitTo(90, 'desktop-export');
  archive.chatAccounts.note(CHAT.id, ACCOUNT, { atMs: 8, source: 'desktop-export' });
  commitTo(6);

  const ofTelegram = { accountId: ACCOUNT, cursor: 6, firstMessageId: 1 };
  const ofImport = {
    accountId: ACCOUNT,
    source: 'desktop-export',
    cursor: 90,
    firstMessageId: 1,
    firstSeenMs: 8,
    lastSeenMs: 8,
  };
  expect(archive.chatAccounts.of(CHAT.id)).toEqual([ofTelegram]);
  expect(archive.chatAccounts.one(CHAT.id, ACCOUNT, 'desktop-export')).toEqual(ofImport);
  expect(archive.chatAccounts.all(CHAT.id)).toEqual([ofTelegram, ofImport]);
});

const media = fc.array(
  fc.record(
    {
      isStored: fc.boolean(),
      kind: fc.constantFrom('photo' as const, 'video' as const),
      remoteId: fc.constantFrom('photo:1', 'photo:2'),
      sizeBytes: fc.constantFrom(5, 6),
      fileBytes: fc.constantFrom(5, 6),
    },
    { requiredKeys: ['isStored', 'kind', 'fileBytes'] },
  ),
  { maxLength: 2 },
);

const told = fc.record(
  {
    source: fc.constantFrom('telegram', 'desktop-export', 'another', 'zeta'),
    edit: fc.constantFrom(1000, 2000),
    kind: fc.constantFrom('message' as const, 'message' as const, 'undecoded' as const),
    views: fc.integer({ min: 1, max: 9 }),
    senderId: fc.constantFrom('user1' as const, 'user2' as const),
    layer: fc.integer({ min: 1, max: 9 }),
    isPinned: fc.constant(true),
    media,
  },
  { requiredKeys: ['source', 'kind', 'media'] },
);
type Told = typeof told extends fc.Arbitrary<infer T> ? T : never;

/** Of message 1. Its text and its files are those of this source and edit alone. */
function recordTold({ source, edit, kind, views, senderId, layer, isPinned, media: files }: Told): MessageRecord {
  const name = `${source}-${edit ?? 0}`;
  const records = files.map(({ isStored, fileBytes, ...facts }, index): MediaRecord => {
    const fields = { role: 'main' as const, ...facts };
    if (!isStored) return { state: 'skipped', media: fields, reason: 'too-large' };
    const sha256 = Buffer.from(`${name}-${index}-${fileBytes}`.padEnd(32)).toString('hex');
    return {
      state: 'stored',
      media: fields,
      file: { path: `media/photos/${name}-${index}.jpg`, sizeBytes: fileBytes, sha256 },
    };
  });
  const message = textMessage(1, name, {
    kind,
    ...(edit !== undefined && { editDateMs: edit }),
    ...(views !== undefined && { viewCount: views }),
    ...(senderId !== undefined && { senderId }),
    ...(layer !== undefined && { raw: { bytes: new Uint8Array([layer]), layer } }),
    ...(isPinned !== undefined && { isPinned }),
  });
  const record = recordOf(message, records);
  return source === 'telegram' ? record : { ...record, source };
}

/** No two of the same source and edit, and one of Telegram at most: what comes after is told by the order. */
function withoutRivals(records: readonly Told[]): readonly Told[] {
  const seen = new Set<string>();
  return records.filter(({ source, edit }) => {
    const key = source === 'telegram' ? source : `${source} ${edit ?? 0}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

const telling = fc
  .array(told, { minLength: 1, maxLength: 7 })
  .map(withoutRivals)
  .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all], { minLength: all.length })));

describe('the records of several sources', () => {
  it('come to what the rule says, in any order', async () => {
    using archive = await openWithChat();
    let id = 0;
    const inOrder = (records: readonly MessageRecord[]): readonly unknown[] => {
      id += 1;
      commit(archive, ...records.map((record) => ({ ...record, message: { ...record.message, id } })));
      const shown = archive.message(CHAT.id, id);
      const versions = archive.messageVersions(CHAT.id, id);
      return [shown, versions].map(
        (value) => JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === 'id' ? 1 : one))) as unknown,
      );
    };
    fc.assert(
      fc.property(telling, ([all, shuffled]) => {
        const records = all.map(recordTold);
        const [shown, versions] = inOrder(records);
        expect(shown).toEqual(JSON.parse(JSON.stringify(expectedOf(records))));
        expect(inOrder(shuffled.map(recordTold))).toEqual([shown, versions]);
        expect(inOrder([...shuffled, ...all].map(recordTold))).toEqual([shown, versions]);
      }),
      { numRuns: 100 },
    );
  });

  it('lose nothing: every record is shown as it is, or is there as a version', async () => {
    using archive = await openWithChat();
    let id = 0;
    fc.assert(
      fc.property(telling, ([, shuffled]) => {
        id += 1;
        const records = shuffled.map(recordTold).map((record) => ({ ...record, message: { ...record.message, id } }));
        commit(archive, ...records);
        const there = [
          archive.message(CHAT.id, id),
          ...archive.messageVersions(CHAT.id, id).map(({ record }) => record),
        ];
        for (const record of records) expect(there).toContainEqual(record);
      }),
      { numRuns: 100 },
    );
  });
});
