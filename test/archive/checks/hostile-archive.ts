import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';

import { Archive } from '../../../src/archive/archive.js';
import type { MediaRecord, MessageRecord } from '../../../src/chat/record.js';
import { ACCOUNT, CHAT, recordOf, textMessage, textRecords } from '../sample-message.js';

/** Values that lead a program out of its folder, or to something else in it, on some system. */
export const HOSTILE_PATHS: readonly (readonly [what: string, value: string | number | null | Uint8Array])[] = [
  ['a parent', '../victim/precious.txt'],
  ['many parents', '../../../../../../tmp'],
  ['parents in the middle', 'media/documents/../../../../victim/precious.txt'],
  ['two parents alone', '..'],
  ['an absolute path', '/tmp/victim'],
  ['a drive of Windows', 'C:\\victim'],
  ['a drive with slashes', 'C:/victim'],
  ['a share of Windows', '\\\\server\\share'],
  ['a backslash', 'media\\..\\..\\victim'],
  ['a stream of NTFS', 'media/documents/a.txt:stream'],
  ['the folder itself', '.'],
  ['a part that is the folder itself', 'media/./a.txt'],
  ['nothing', ''],
  ['a NUL', 'media/a\0.txt'],
  ['a slash at the end', 'media/documents/'],
  ['two slashes', 'media//a.txt'],
  ['a control sign', 'media/a\u001b[2J.txt'],
  ['signs that turn a line around', 'media/documents/a\u202etxt.exe'],
  ['signs that are nothing to see', 'media/documents/a\u200b.txt'],
  ['a device of Windows', 'media/documents/NUL.txt'],
  ['a dot at the end', 'media/documents/a.'],
  ['something hidden', 'media/.partial/a.txt'],
  ['the folder for files on their way', '.partial/x'],
  ['a file that is not a medium', 'result.json'],
  ['the database', 'archive.db'],
  ['more than any system takes', `media/documents/${'x'.repeat(5000)}`],
  ['a part that is too long', `media/documents/${'x'.repeat(300)}`],
  ['a blob', new Uint8Array([0x2e, 0x2e])],
];

export const SHA256: string = createHash('sha256').update('hello').digest('hex');

const STORED: Extract<MediaRecord, { state: 'stored' }> = {
  state: 'stored',
  media: { kind: 'document', role: 'main', remoteId: '2:9:1', sizeBytes: 5, fileName: 'one.bin' },
  file: { path: 'media/documents/2026-05-01_4_one.bin', sizeBytes: 5, sha256: SHA256 },
};

/** What a folder of Telegram Desktop says of the same message: an earlier version of it, with a file of its own. */
const OF_AN_IMPORT: MessageRecord = {
  ...recordOf(textMessage(4, 'before the edit'), [
    { ...STORED, file: { ...STORED.file, path: 'media/documents/2026-05-01_4_old.bin' } },
  ]),
  source: 'desktop-export',
};

/** An archive with a row in each table, and the files that they name. @returns the path of its database. */
export async function archiveWithEverything(directory: string): Promise<string> {
  {
    using archive = await Archive.open(directory);
    const { folder } = archive.placeChat(CHAT);
    archive.accounts.note({ id: ACCOUNT, name: 'Ada', isBot: false }, 1);
    archive.commit({
      chatId: CHAT.id,
      records: [...textRecords(1, 3), recordOf(textMessage(4), [STORED])],
      senders: [{ id: 'user5', name: 'Ann' }],
      reached: { account: ACCOUNT, firstMessageId: 1, cursor: 4 },
    });
    archive.commit({ chatId: CHAT.id, records: [OF_AN_IMPORT], senders: [] });
    archive.tombstones.add([{ chatId: CHAT.id, messageId: 2, source: 'telegram', noticedAtMs: 3 }]);
    archive.descriptions.put({
      chatId: CHAT.id,
      sha256: SHA256,
      recipe: 'v1',
      description: { content: { kind: 'image', mimeType: 'image/png' }, facts: {}, problems: [] },
      derivatives: [{ kind: 'transcode', path: 'thumbs/2cf24dba.small.webp', sizeBytes: 3, mimeType: 'image/webp' }],
    });
    const journal = archive.parts.of(folder, '2:9:2');
    journal.completed({ sizeBytes: 9, version: '2', partBytes: 4 });
    journal.record({ offset: 0, sizeBytes: 4, crc32: 1 });
    journal.place({ path: 'media/documents/2026-05-01_5_two.bin', sizeBytes: 9, sha256: SHA256 });
    archive.endRun(archive.beginRun({ command: 'export', chatId: CHAT.id, startedAtMs: 1 }), {
      endedAtMs: 2,
      outcome: 'complete',
      messageCount: 4,
      mediaCount: 1,
      failedMediaCount: 0,
    });
    for (const [path, text] of [
      [STORED.file.path, 'hello'],
      ['media/documents/2026-05-01_4_old.bin', 'hello'],
      ['media/documents/2026-05-01_5_two.bin', 'nine byte'],
      ['thumbs/2cf24dba.small.webp', 'web'],
    ] as const) {
      const absolute = join(directory, folder, path);
      mkdirSync(dirname(absolute), { recursive: true });
      writeFileSync(absolute, text);
    }
  }
  const path = join(directory, 'archive.db');
  execute(path, `UPDATE version_media SET original_sha256 = '${'ef'.repeat(32)}', original_size_bytes = 80`);
  execute(
    path,
    `UPDATE media SET original_path = 'media/documents/2026-05-01_4_one.mov', original_sha256 = '${'cd'.repeat(32)}', original_size_bytes = 70`,
  );
  return path;
}

/** Changes a database behind the back of chatferry, as whoever prepares one does. */
export function execute(path: string, sql: string, ...values: readonly (string | number | null | Uint8Array)[]): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false, defensive: false });
  try {
    database.exec('PRAGMA ignore_check_constraints = ON');
    if (values.length === 0) database.exec(sql);
    else database.prepare(sql).run(...values);
  } finally {
    database.close();
  }
}

/** Everything under a folder: names, kinds, bytes and times, but for those of folders and of the lock, which says who came. */
export function stateOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('archive.lock'))
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const found = lstatSync(path);
      if (found.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
      if (!found.isFile()) return name;
      return `${name} ${found.mtimeMs} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
    });
}
