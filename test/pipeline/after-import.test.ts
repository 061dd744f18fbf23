import { expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import type { MediaRecord, MessageRecord } from '../../src/chat/record.js';
import { expectWhole, readArchive } from '../e2e/archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../e2e/ferry-world.js';
import { SimulatedExport } from '../e2e/simulated-export.js';

it('exports from Telegram what an import brought before, and keeps what the import said as versions', async () => {
  const ferry = new FerryWorld({ textCount: 8, hasForeign: false });
  await using trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  await trip.run({ into: 'without-import' });
  const { records } = await readArchive(trip.path('without-import'));
  const imports = records.map(asImported);
  {
    using exported = await Archive.open(trip.path('without-import'), { readOnly: true });
    using archive = await Archive.open(trip.path());
    for (const { chat } of exported.chats()) {
      archive.placeChat(chat);
      archive.commit({ chatId: chat.id, records: imports, senders: [] });
    }
  }

  expect(await trip.run()).toMatchObject({ exitCode: 0, summary: { chats: [{ newMessageCount: 0, missing: [] }] } });
  await expectWhole(trip.path(), ferry);
  expect((await readArchive(trip.path())).records).toEqual(records);
  using archive = await Archive.open(trip.path(), { readOnly: true });
  const versions = records.flatMap(({ message }) => archive.messageVersions(message.chatId, message.id));
  expect(versions).toEqual(imports.map((record) => ({ role: 'other', record })));
});

/** What a folder of Telegram Desktop says of a message, if its files were not exported. */
function asImported({ message: { raw, ...message }, media }: MessageRecord): MessageRecord {
  expect(raw).toBeDefined();
  const failed = media.map(({ media: { remoteId, ...medium } }): MediaRecord => {
    const reason = `The file ${remoteId ?? 'without an id'} was not exported.`;
    return { state: 'failed', media: medium, code: 'MEDIA_UNAVAILABLE', reason };
  });
  return { message: { ...message, media: failed.map((one) => one.media) }, media: failed, source: 'desktop-export' };
}
