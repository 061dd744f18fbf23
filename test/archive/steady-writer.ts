// Goes on from the cursor of the archive in the directory that it is given: five messages a commit, each with a file of
// its own and a second name for the file of the one before. Says what is acknowledged. Ends when it is killed.
import { createHash } from 'node:crypto';

import { Archive } from '../../src/archive/archive.js';
import { MediaFiles } from '../../src/archive/files/media-files.js';
import type { MediaRecord, MessageRecord } from '../../src/chat/record.js';
import type { Media } from '../../src/chat/media.js';
import { ACCOUNT, CHAT, recordOf, textMessage } from './sample-message.js';

const directory = process.argv[2] ?? '';
const archive = await Archive.open(directory);
const { folder } = archive.placeChat(CHAT);
const cursor = archive.chatAccounts.one(CHAT.id, ACCOUNT)?.cursor ?? 0;
const files = new MediaFiles({ directory, folder });
const neverAborted = new AbortController().signal;
await files.prepare();
process.stdout.write('ready\n');

for (let first = cursor + 1; ; first += 5) {
  const records: MessageRecord[] = [];
  for (let id = first; id < first + 5; id += 1) records.push(await recordWithFiles(id));
  const reached = { account: ACCOUNT, firstMessageId: first, cursor: first + 4 };
  archive.commit({ chatId: CHAT.id, records, senders: [], reached });
  process.stdout.write(`committed ${first + 4}\n`);
}

async function recordWithFiles(id: number): Promise<MessageRecord> {
  const message = textMessage(id);
  const content = `content ${id} `.repeat(200);
  const own: Media = { kind: 'document', role: 'main', remoteId: `document:${id}`, fileName: `${id}.txt` };
  const records: MediaRecord[] = [
    { state: 'stored', media: own, file: await files.write(content, { message, media: own, index: 0 }) },
  ];
  const before = archive.findFile(`document:${first(id) - 1}`);
  if (before !== undefined) {
    const again: Media = { kind: 'document', role: 'paid', fileName: 'again.txt' };
    const path = await files.link(before, { message, media: again, index: 1 }, neverAborted);
    if (path === undefined) throw new Error(`${before.absolutePath} is not what was acknowledged`);
    const { sizeBytes, sha256 } = before;
    records.push({ state: 'stored', media: again, file: { path, sizeBytes, sha256 } });
  }
  if (createHash('sha256').update(content).digest('hex') !== sha256Of(records)) throw new Error('wrong hash');
  return recordOf(message, records);
}

/** The first message of the commit that `id` is in. */
function first(id: number): number {
  return id - ((id - 1) % 5);
}

function sha256Of([record]: readonly MediaRecord[]): string | undefined {
  return record?.state === 'stored' ? record.file.sha256 : undefined;
}
