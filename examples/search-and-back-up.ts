/**
 * Searches an archive, then copies it to a folder and checks that every file arrived.
 *
 * node search-and-back-up.js my-archive "wind" /mnt/backup
 */
import { resolve } from 'node:path';

import { Archive, uploadFiles } from 'chatferry';

const [folder = 'my-archive', words = '', backup = 'backup'] = process.argv.slice(2);

{
  // A reader takes no lock: it works beside an export.
  using archive = await Archive.open(folder, { readOnly: true });
  for (const { chat } of archive.chats()) console.log(`${chat.title}: ${archive.messageCount(chat.id)} messages`);
  for (const { id, chatId, dateMs, text } of archive.search(words, { limit: 20 })) {
    console.log(archive.chat(chatId)?.chat.title, id, new Date(dateMs).toISOString(), text.text);
  }
}

const upload = uploadFiles([folder], { to: `dir:${resolve(backup)}`, manifest: 'backup-manifest.json' });
for await (const { file, stage } of upload) {
  if (stage === 'complete' || stage === 'failed') console.log(stage, file);
}
// Each file was compared with the copy after it was sent, or is listed with the reason why it is not there.
const { files } = await upload.finished();
const failed = files.filter(({ state }) => state === 'failed');
console.log(`${files.length - failed.length} of ${files.length} files are in the backup, and compared`);
process.exitCode = failed.length === 0 ? 0 : 1;
