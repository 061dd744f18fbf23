import { readFileSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { CHAT } from '../sample-message.js';
import { archiveWithEverything, execute, SHA256 } from './hostile-archive.js';
import { temporaryDirectory } from '../temporary-directory.js';

/** Reads all that an archive has, as commands do. */
function readAll(archive: Archive): void {
  archive.chats();
  archive.runs();
  archive.accounts.all();
  archive.chatAccounts.of(CHAT.id);
  archive.sender('user5');
  Array.from(archive.messages(CHAT.id));
  Array.from(archive.skippedMedia(CHAT.id));
  archive.missingMedia(CHAT.id);
  archive.descriptions.one(CHAT.id, SHA256);
  archive.descriptions.problems(CHAT.id);
  archive.messageVersions(CHAT.id, 4);
}

/** Values for one field, and where. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'chats.data': ['kind', 'title', 'isPublic', 'memberCount', 'migratedFrom', 'lastMessageDateMs', 'username'],
  'senders.data': ['name', 'isBot', 'isDeleted'],
  'messages.data': [
    ...['editDateMs', 'reply', 'reply.quote', 'reply.messageId', 'reply.origin', 'forward', 'forward.fromId'],
    ...['forward.dateMs', 'viaBotId', 'topicId', 'viewCount', 'isPinned', 'reactions', 'reactions[0]', 'content'],
    ...['content.kind', 'buttons', 'buttons[0]', 'buttons[0][0]', 'service', 'service.action', 'entities'],
    ...['entities[0]', 'exactText', 'albumId'],
  ],
  'media.data': ['kind', 'role', 'remoteId', 'sizeBytes', 'fileName', 'durationSeconds', 'inlineContent'],
  'descriptions.data': [
    ...['content', 'content.kind', 'facts', 'facts.width', 'facts.rotation', 'facts.hasAlpha', 'facts.position'],
    ...['problems', 'problems[0]', 'problems[0].work', 'waveform'],
  ],
  'runs.start': ['command', 'chatId'],
  'runs."end"': ['messageCount', 'errorMessage'],
};
/** JSON that is of no field's kind: a list of a list, and an object that has nothing of any. */
const VALUES = ['[[true]]', '{"x":{"y":1}}', '[{"kind":5}]'];

describe('data of another shape than ours', () => {
  it.each(Object.entries(FIELDS).flatMap(([column, fields]) => fields.map((field) => [column, field] as const)))(
    'is damage, named by table, column, row and field: %s %s',
    async (column, field) => {
      const directory = temporaryDirectory();
      const path = await archiveWithEverything(directory);
      const [table = '', name = ''] = column.split('.');
      const whole = readFileSync(path);
      // Where nothing is required, an object of other names is an empty one.
      const isLoose = ['reply', 'reply.origin', 'forward', 'facts'].includes(field);
      for (const value of isLoose ? VALUES.filter((json) => json.startsWith('[')) : VALUES) {
        writeFileSync(path, whole);
        // What is in between is made by json_set only where it is an object already.
        const parents = /[.[]/.test(field) ? parentsOf(field) : '';
        execute(path, `UPDATE ${table} SET ${name} = json_set(${name}${parents}, '$.${field}', json('${value}'))`);
        using archive = await Archive.open(directory, { readOnly: true });
        const shownName = column.replaceAll('"', '');
        expect(() => {
          readAll(archive);
        }, value).toThrow(
          expect.objectContaining({
            code: 'ARCHIVE_DAMAGED',
            message: expect.stringContaining(`: ${shownName}.${field.split(/[.[]/)[0] ?? ''}`) as string,
          }) as Error,
        );
      }
    },
  );

  it.each([
    ['chats', "id = 'account?/channel42'", 'id'],
    ['chats', "id = 'channel99999999999999999999', folder = 'x-channel99999999999999999999'", 'id'],
    ['messages', "kind = 'other'", 'kind'],
    ['messages', 'kind = 5', 'kind'],
    ['messages', 'id = 2147483648 WHERE id = 4', 'id'],
    ['messages', 'id = -9007199254740991 WHERE id = 1', 'id'],
    ['messages', "sender_id = 'user9223372036854775808'", 'sender_id'],
    ['messages', 'date_ms = 1e300', 'date_ms'],
    ['messages', "date_ms = 'now'", 'date_ms'],
    ['messages', "sender_id = '../x'", 'sender_id'],
    ['messages', "text = x'00ff'", 'text'],
    ['messages', 'layer = 1.5', 'layer'],
    ['messages', "layer = 1, tl = 'text'", 'tl'],
    ['messages', "source = 'A folder'", 'source'],
    ['messages', 'source = 5', 'source'],
    ['chat_accounts', "source = ''", 'source'],
    ['message_versions', "source = '../x'", 'source'],
    ['message_versions', "role = 'x'", 'role'],
    ['message_versions', "version_ms = 'x'", 'version_ms'],
    ['version_media', "file_size_bytes = 'much'", 'file_size_bytes'],
    ['files', "size_bytes = 'much'", 'file_size_bytes'],
    ['files', 'size_bytes = -1', 'file_size_bytes'],
    ['media', "original_size_bytes = 'much'", 'original_size_bytes'],
    ['media', 'position = -1', 'position'],
    ['accounts', "name = x'00'", 'name'],
    ['accounts', "first_export_ms = 'x'", 'first_export_ms'],
    ['chat_accounts', "cursor = 'x'", 'cursor'],
    ['chat_accounts', 'cursor = 2147483648', 'cursor'],
    ['chat_accounts', 'cursor = 9007199254740991', 'cursor'],
    ['chat_accounts', 'first_message_id = -2147483649', 'first_message_id'],
    ['derivatives', "size_bytes = 'x'", 'size_bytes'],
    ['derivatives', "kind = 'engraving'", 'kind'],
    ['derivatives', 'mime_type = 5.5, width = 0.5', 'width'],
    ['runs', 'started_at_ms = 9e15', 'started_at_ms'],
  ])('is damage in a column: %s %s', async (table, change, column) => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    execute(path, `UPDATE ${table} SET ${change}`);
    using archive = await Archive.open(directory, { readOnly: true });

    expect(() => {
      readAll(archive);
    }).toThrow(
      expect.objectContaining({
        code: 'ARCHIVE_DAMAGED',
        message: expect.stringContaining(`.${column} is no`) as string,
      }) as Error,
    );
  });

  it('is damage in the ids of messages that are asked for again', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    execute(path, `UPDATE media SET message_id = 2147483648, state = 'failed', code = 'FILE_LOST', reason = 'x'`);
    using archive = await Archive.open(directory, { readOnly: true });

    expect(() => archive.messagesWithFailedMedia(CHAT.id)).toThrow(/media\.message_id is not a message id/);
  });

  it('is forgotten in the records of parts, which are fetched again', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    const file = { sizeBytes: 9, version: '2', partBytes: 4 };
    for (const [offset, expected] of [
      ['0', 1],
      ['-4', 0],
      ["'x'", 0],
      ['0.5', 0],
    ] as const) {
      execute(path, `UPDATE parts SET "offset" = ${offset}`);
      using archive = await Archive.open(directory);
      const [chat] = archive.chats();
      expect(archive.parts.of(chat?.folder ?? '', '2:9:2').completed(file), offset).toHaveLength(expected);
    }
  });

  it('is left out where a later version may have written it, also under the name of a prototype', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    const deep = `${'['.repeat(900)}${']'.repeat(900)}`;
    execute(path, `UPDATE messages SET data = ?`, `{"__proto__":{"media":5},"constructor":1,"later":${deep}}`);
    execute(path, `UPDATE senders SET data = '{"name":"Ann","__proto__":{"isBot":true}}'`);
    using archive = await Archive.open(directory, { readOnly: true });

    const [record] = [...archive.messages(CHAT.id)];
    expect(Object.keys(record?.message ?? {}).sort()).toEqual(['chatId', 'dateMs', 'id', 'kind', 'media', 'text']);
    expect(Object.getPrototypeOf(record?.message)).toBe(Object.prototype);
    expect(archive.sender('user5')).toEqual({ id: 'user5', name: 'Ann' });
  });

  it('is damage, and not the end of the memory: a text of 60 MB in the place of a number', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    execute(path, 'UPDATE messages SET data = ? WHERE id = 2', `{"viewCount":"${'x'.repeat(60_000_000)}"}`);
    using archive = await Archive.open(directory, { readOnly: true });

    expect(() => {
      readAll(archive);
    }).toThrow(/messages\.data\.viewCount is not a whole number/);
  });

  it('says where it is in letters that do nothing', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    execute(path, 'UPDATE senders SET id = ?, data = ?', 'user5', '{"name":5}');
    using archive = await Archive.open(directory, { readOnly: true });

    expect(() => archive.sender('user5')).toThrow(
      /^In archive\.db, in the row of "user5": senders\.data\.name is not text\./,
    );
  });
});

/** Makes the objects and lists that a field is in. */
function parentsOf(field: string): string {
  const parents = [...field.matchAll(/[.[]/g)].map(({ index }) => [field.slice(0, index), field[index]] as const);
  return parents.map(([name, sign]) => `, '$.${name}', json('${sign === '[' ? '[]' : '{}'}')`).join('');
}
