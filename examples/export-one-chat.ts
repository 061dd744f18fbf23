/**
 * Exports one chat and prints each message once it and its files are on the disk.
 *
 * node export-one-chat.js @harbour_crew my-archive
 *
 * It uses the login and the settings of `chatferry`: environment, `.env`, session file.
 */
import { exportChats, isChatferryError, loadSettings, openSource } from 'chatferry';

const [chat = 'me', archive = 'my-archive'] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('Stopped. The next run continues here.')));

const { settings } = loadSettings();
await using source = await openSource(settings, { signal: stop.signal });
try {
  const { line, chats, exitCode } = await exportChats({
    source,
    archive,
    chats: [chat],
    settings,
    signal: stop.signal,
    onMessage: ({ message, media }) => {
      const files = media.flatMap((record) => (record.state === 'stored' ? [record.file.path] : []));
      console.log(message.id, message.kind, message.text.text, ...files);
    },
    onProgress: (event) => {
      if (event.type === 'flood-wait') console.error(`Telegram orders a pause of ${event.waitMs} ms.`);
    },
  });
  console.log(line);
  for (const { missing } of chats) {
    for (const { messageId } of missing) console.error(`A file of message ${messageId} is missing.`);
  }
  process.exitCode = exitCode;
} catch (error) {
  if (!isChatferryError(error, 'CHAT_NOT_FOUND', 'NO_ACCESS')) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
