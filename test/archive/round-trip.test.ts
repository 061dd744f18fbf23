import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import type { MessageRecord } from '../../src/chat/record.js';
import { type TelegramLocation, withLocation } from '../../src/source/telegram/convert/telegram-location.js';
import { arbitraryRecord } from './arbitrary-message.js';
import { CHAT, recordOf, textMessage } from './sample-message.js';
import { temporaryDirectory } from './temporary-directory.js';

const LOCATION: TelegramLocation = {
  ...{ kind: 'photo', id: '1', accessHash: 'a secret', fileReference: Buffer.from('reference') },
  ...{ thumbSize: 'y', dcId: 2 },
};

function ascending(records: readonly MessageRecord[]): readonly MessageRecord[] {
  return [...records].sort((a, b) => a.message.id - b.message.id);
}

describe('what is committed comes back', () => {
  it('exactly, whatever a message holds, also when the archive is closed and opened', async () => {
    const directory = temporaryDirectory();
    let chatNumber = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(arbitraryRecord(CHAT.id), { selector: (record) => record.message.id, maxLength: 8 }),
        async (arbitrary) => {
          chatNumber += 1;
          const id = `channel${chatNumber}` as const;
          const records = ascending(arbitrary).map(({ message, media }) => ({
            message: { ...message, chatId: id },
            media,
          }));
          {
            using archive = await Archive.open(directory);
            archive.placeChat({ ...CHAT, id });
            archive.commit({ chatId: id, records, senders: [] });
            expect([...archive.messages(id)]).toStrictEqual(records);
          }
          using reader = await Archive.open(directory, { readOnly: true });
          expect([...reader.messages(id)]).toStrictEqual(records);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('exactly, when each message replaces another one under its id', async () => {
    using archive = await Archive.open(temporaryDirectory());
    archive.placeChat(CHAT);
    fc.assert(
      fc.property(arbitraryRecord(CHAT.id), ({ message, media }) => {
        const record = { message: { ...message, id: 5 }, media };
        archive.commit({ chatId: CHAT.id, records: [record], senders: [] });
        expect([...archive.messages(CHAT.id)]).toStrictEqual([record]);
      }),
      { numRuns: 150 },
    );
  });

  it('without what the source remembers of its media for this run', async () => {
    using archive = await Archive.open(temporaryDirectory());
    archive.placeChat(CHAT);
    const media = withLocation({ kind: 'photo', role: 'main' }, LOCATION);
    const record = recordOf(textMessage(1), [{ state: 'skipped', media, reason: 'too-large' }]);

    archive.commit({ chatId: CHAT.id, records: [record], senders: [] });

    const [read] = archive.messages(CHAT.id);
    expect(read?.message.media).toStrictEqual([{ kind: 'photo', role: 'main' }]);
  });
});
