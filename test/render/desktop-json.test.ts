import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import type { StoredChat } from '../../src/archive/records.js';
import type { Chat } from '../../src/chat/chat.js';
import { peerOf } from '../../src/chat/chat-id.js';
import type { Message } from '../../src/chat/message.js';
import type { Sender } from '../../src/chat/sender.js';
import { desktopJson } from '../../src/render/desktop-json.js';
import type { RenderChatOptions, RenderedChat, RenderRunOptions } from '../../src/render/renderer.js';
import { CHAT, HELLO_FILE, PHOTO, recordOf, textMessage, textRecords } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { desktopProblems } from './desktop-schema.js';

const ANN: Sender = { id: 'user100', name: 'Ann', lastName: 'Lee', username: 'ann' };

interface Filled extends Disposable {
  readonly archive: Archive;
  readonly chat: StoredChat;
  readonly resultPath: string;
  render(options?: Partial<RenderChatOptions & Pick<RenderRunOptions, 'timeZone'>>): Promise<RenderedChat>;
}

async function archiveOf(chat: Chat, messages: readonly Message[], senders: readonly Sender[] = []): Promise<Filled> {
  const archive = await Archive.open(temporaryDirectory());
  const stored = archive.placeChat(chat);
  if (messages.length > 0) {
    archive.commit({
      chatId: chat.id,
      records: messages.map((message) => recordOf({ ...message, chatId: chat.id })),
      senders,
    });
  }
  return {
    archive,
    chat: stored,
    resultPath: join(archive.directory, stored.folder, 'result.json'),
    render: async ({ timeZone = 'UTC', ...options } = {}) => {
      await using run = await desktopJson.begin({ archive, timeZone });
      return await run.chat(stored, { signal: new AbortController().signal, ...options });
    },
    [Symbol.dispose]: () => {
      archive.close();
    },
  };
}

function parsed(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

const ANNS_CHAT = { id: 'account7001/user1', peerId: 'user1', kind: 'private' } as const;

describe('rendering to result.json', () => {
  it('writes the document byte for byte as Telegram Desktop does, with one key more at its end', async () => {
    using filled = await archiveOf(CHAT, [textMessage(1, 'hi', { senderId: 'user100' }), textMessage(2, '')], [ANN]);
    const rendered = await filled.render();
    expect(rendered).toEqual({ paths: [filled.resultPath], messageCount: 2, lostFileCount: 0 });
    expect(readFileSync(filled.resultPath, 'utf8').split('\n')).toEqual([
      '{',
      ' "name": "Rust & Gophers",',
      ' "type": "public_supergroup",',
      ' "id": 42,',
      ' "messages": [',
      '  {',
      '   "id": 1,',
      '   "type": "message",',
      '   "date": "2026-05-01T00:00:01",',
      '   "date_unixtime": "1777593601",',
      '   "from": "Ann Lee",',
      '   "from_id": "user100",',
      '   "text": "hi",',
      '   "text_entities": [',
      '    {',
      '     "type": "plain",',
      '     "text": "hi"',
      '    }',
      '   ]',
      '  },',
      '  {',
      '   "id": 2,',
      '   "type": "message",',
      '   "date": "2026-05-01T00:00:02",',
      '   "date_unixtime": "1777593602",',
      '   "text": "",',
      '   "text_entities": []',
      '  }',
      ' ],',
      ' "chatferry": {',
      '  "format_version": 1,',
      '  "time_zone": "UTC",',
      '  "message_count": 2,',
      '  "chat": {',
      '   "id": "channel42",',
      '   "kind": "supergroup",',
      '   "title": "Rust & Gophers",',
      '   "is_public": true',
      '  },',
      '  "senders": [',
      '   {',
      '    "id": "user100",',
      '    "name": "Ann",',
      '    "last_name": "Lee",',
      '    "username": "ann"',
      '   }',
      '  ]',
      ' }',
      '}',
    ]);
  });

  it.each<[Chat['kind'], boolean, Chat['id'], string]>([
    ['saved-messages', false, 'account7001/user1', 'saved_messages'],
    ['replies', false, 'account7001/user1271266957', 'replies'],
    ['verification-codes', false, 'account7001/user489000', 'verification_codes'],
    ['private', false, 'account7001/user1', 'personal_chat'],
    ['bot', true, 'account7001/user1', 'bot_chat'],
    ['basic-group', false, 'account7001/chat5', 'private_group'],
    ['supergroup', false, 'channel5', 'private_supergroup'],
    ['supergroup', true, 'channel5', 'public_supergroup'],
    ['forum', false, 'channel5', 'private_supergroup'],
    ['forum', true, 'channel5', 'public_supergroup'],
    ['channel', false, 'channel5', 'private_channel'],
    ['channel', true, 'channel5', 'public_channel'],
  ])('calls a chat of the kind %s (public: %s) by the right type', async (kind, isPublic, id, type) => {
    using filled = await archiveOf({ id, peerId: peerOf(id), kind, title: 'T', isPublic }, []);
    await filled.render();
    const document = parsed(filled.resultPath);
    expect(document['type']).toBe(type);
    expect(desktopProblems(document)).toEqual([]);
  });

  it('says null for the name of a deleted account, and the first name only of a person', async () => {
    using deleted = await archiveOf({ ...ANNS_CHAT, title: '', isPublic: false }, []);
    await deleted.render();
    expect(parsed(deleted.resultPath)['name']).toBeNull();
    using person = await archiveOf({ ...ANNS_CHAT, title: 'Ann', lastName: 'Lee', isPublic: true }, []);
    await person.render();
    expect(parsed(person.resultPath)['name']).toBe('Ann');
  });

  it('breaks the list of an empty chat over two lines', async () => {
    using filled = await archiveOf(CHAT, []);
    await filled.render();
    expect(readFileSync(filled.resultPath, 'utf8')).toContain(' "messages": [\n ],\n "chatferry": {\n');
  });

  it('says local times in the zone asked for, and which it is', async () => {
    using filled = await archiveOf(CHAT, [textMessage(1)]);
    await filled.render({ timeZone: 'Asia/Kathmandu' });
    expect(parsed(filled.resultPath)).toMatchObject({
      messages: [{ date: '2026-05-01T05:45:01' }],
      chatferry: { time_zone: 'Asia/Kathmandu' },
    });
  });

  it('points to files of the archive', async () => {
    using filled = await archiveOf(CHAT, []);
    const record = recordOf(textMessage(1), [{ state: 'stored', media: PHOTO, file: HELLO_FILE }]);
    filled.archive.commit({ chatId: CHAT.id, records: [record], senders: [] });
    const photoPath = join(filled.archive.directory, filled.chat.folder, HELLO_FILE.path);
    mkdirSync(dirname(photoPath), { recursive: true });
    writeFileSync(photoPath, 'hello');
    await filled.render();
    const document = parsed(filled.resultPath);
    expect(document).toMatchObject({ messages: [{ photo: HELLO_FILE.path, photo_file_size: 5 }] });
    expect(desktopProblems(document)).toEqual([]);
  });

  it('never names a file that is not there whole, and counts them', async () => {
    using filled = await archiveOf(CHAT, []);
    const { path } = HELLO_FILE;
    const second = { ...HELLO_FILE, path: path.replace('_1_', '_2_') };
    filled.archive.commit({
      chatId: CHAT.id,
      records: [HELLO_FILE, second].map((file, index) =>
        recordOf(textMessage(index + 1), [{ state: 'stored', media: PHOTO, file }]),
      ),
      senders: [],
    });
    const folder = join(filled.archive.directory, filled.chat.folder);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), 'hell'); // One byte short; the other is not there at all.
    expect(await filled.render()).toMatchObject({ messageCount: 2, lostFileCount: 2 });
    const document = parsed(filled.resultPath);
    const photo = '(File unavailable, please try again later)';
    expect(document).toMatchObject({ messages: [{ photo }, { photo }] });
    expect(desktopProblems(document)).toEqual([]);
  });

  it('keeps order and text through many pieces, and reports every message once', async () => {
    using filled = await archiveOf(CHAT, []);
    const texts = ['Ж'.repeat(1000), '😀'.repeat(500), '"\n'.repeat(300)];
    const records = textRecords(-1100, 1100).map(({ message }, index) =>
      recordOf({ ...message, text: { text: texts[index % 3] ?? '', entities: [] } }),
    );
    filled.archive.commit({ chatId: CHAT.id, records, senders: [] });
    const counts: number[] = [];
    await filled.render({ onMessages: (count) => counts.push(count) });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2201);
    const document = parsed(filled.resultPath);
    expect(desktopProblems(document)).toEqual([]);
    expect(document['messages']).toMatchObject(
      records.map(({ message }) => ({ id: message.id, text: message.text.text })),
    );
  });

  it('gives the same bytes again', async () => {
    using filled = await archiveOf(CHAT, [textMessage(1), textMessage(2)]);
    await filled.render();
    const first = readFileSync(filled.resultPath);
    await filled.render();
    expect(readFileSync(filled.resultPath).equals(first)).toBe(true);
  });

  it('replaces what an earlier run and a killed run left, and leaves nothing beside', async () => {
    using filled = await archiveOf(CHAT, [textMessage(1)]);
    const folder = join(filled.archive.directory, filled.chat.folder);
    mkdirSync(folder, { recursive: true });
    writeFileSync(filled.resultPath, 'old');
    const { pid: deadPid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(join(folder, `.result.json.${deadPid}.partial`), 'x'.repeat(100_000));
    await filled.render();
    expect(desktopProblems(parsed(filled.resultPath))).toEqual([]);
    expect(readdirSync(folder)).toEqual(['result.json']);
  });

  it('leaves alone what another process that runs is writing', async () => {
    using filled = await archiveOf(CHAT, [textMessage(1)]);
    const folder = join(filled.archive.directory, filled.chat.folder);
    mkdirSync(folder, { recursive: true });
    const others = `.result.json.${process.ppid}.partial`;
    writeFileSync(join(folder, others), 'half');
    await filled.render();
    expect(readdirSync(folder).sort()).toEqual([others, 'result.json']);
    expect(readFileSync(join(folder, others), 'utf8')).toBe('half');
  });

  it('stops when told to, keeps the old file and leaves nothing beside', async () => {
    using filled = await archiveOf(CHAT, []);
    filled.archive.commit({ chatId: CHAT.id, records: textRecords(1, 3000), senders: [] });
    const folder = join(filled.archive.directory, filled.chat.folder);
    mkdirSync(folder, { recursive: true });
    writeFileSync(filled.resultPath, 'old');
    const stop = new AbortController();
    const rendering = filled.render({
      signal: stop.signal,
      onMessages: () => {
        stop.abort(new Error('enough'));
      },
    });
    await expect(rendering).rejects.toThrow('enough');
    expect(readFileSync(filled.resultPath, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['result.json']);
  });

  it('refuses an unknown time zone before it writes anything', async () => {
    using filled = await archiveOf(CHAT, [textMessage(1)]);
    await expect(filled.render({ timeZone: 'Mars/Base' })).rejects.toMatchObject({ code: 'USAGE' });
    expect(() => readFileSync(filled.resultPath)).toThrow('ENOENT');
  });

  it('says what is in the way when it cannot write', async () => {
    using filled = await archiveOf(CHAT, [textMessage(1)]);
    mkdirSync(filled.resultPath, { recursive: true });
    writeFileSync(join(filled.resultPath, 'file'), '');
    await expect(filled.render()).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringContaining(filled.resultPath) as string,
    });
    expect(readdirSync(join(filled.resultPath, '..'))).toEqual(['result.json']);
  });
});
