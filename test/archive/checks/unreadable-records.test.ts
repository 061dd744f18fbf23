import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { renderArchive } from '../../../src/app/render-archive.js';
import { type Verification, verifyArchive } from '../../../src/app/verify-archive.js';
import { Archive } from '../../../src/archive/archive.js';
import type { Finding } from '../../../src/archive/verify/finding.js';
import { desktopJson } from '../../../src/render/desktop-json.js';
import { archiveWithEverything, execute, stateOf } from './hostile-archive.js';
import { ACCOUNT, CHAT, textRecords } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

const { signal } = new AbortController();
const CHANGES: readonly (readonly [sql: string, named: string])[] = [
  ["UPDATE messages SET kind = 'zzz' WHERE id = 3", 'messages.kind is not a known value'],
  ["UPDATE messages SET sender_id = 'zzz' WHERE id = 3", 'messages.sender_id is not a peer id'],
  ["UPDATE messages SET data = json_set(data, '$.entities', 5) WHERE id = 3", 'messages.data.entities is not a list'],
  ["UPDATE messages SET id = 'zzz' WHERE id = 3", 'messages.id is not a message id'],
  ['UPDATE messages SET id = -9007199254740993 WHERE id = 1', 'is damaged'],
  ["UPDATE media SET data = json_set(data, '$.kind', 'zzz')", 'media.data.kind is not a known value'],
  ["UPDATE media SET original_size_bytes = 'zzz'", 'media.original_size_bytes is not a whole number'],
  [
    "UPDATE descriptions SET data = json_set(data, '$.facts', json('[]'), '$.content', 5)",
    'descriptions.data.content is',
  ],
  ["UPDATE derivatives SET mime_type = x'00'", 'derivatives.mime_type is not text'],
  ["UPDATE senders SET data = json_set(data, '$.isBot', 5)", 'senders.data.isBot is not true or false'],
  ["UPDATE chat_accounts SET cursor = 'zzz'", 'chat_accounts.cursor is not a message id'],
  ["UPDATE tombstones SET source = 'A source'", 'tombstones.source is not a source name'],
  ['UPDATE accounts SET first_export_ms = 9e15', 'accounts.first_export_ms is not a time'],
  ["UPDATE runs SET start = json_set(start, '$.command', 5)", 'runs.start.command is not text'],
];

interface Verified {
  readonly findings: readonly Finding[];
  readonly end: Verification;
  readonly read: number;
}

async function verified(directory: string, isQuick = false): Promise<Verified> {
  const findings: Finding[] = [];
  let read = 0;
  const work = verifyArchive({
    settings: { exportDir: directory },
    chats: [],
    isQuick,
    onNote: () => undefined,
    onRead: (count) => (read += count),
    onTotal: () => undefined,
    onChecked: () => undefined,
    signal,
  });
  for (;;) {
    const next = await work.next();
    if (next.done === true) return { findings, end: next.value, read };
    findings.push(next.value);
  }
}

describe('verify', () => {
  it.each(CHANGES)('finds a record that no other command can read, once: %s', async (sql, named) => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    const whole = await verified(directory);
    execute(path, sql);

    const { findings, end } = await verified(directory);
    const found = findings.filter(({ text }) => text.includes(named));
    expect(found).toMatchObject([{ kind: 'database', path: 'archive.db' }]);
    expect(end.damageCount).toBeGreaterThan(whole.end.damageCount);
  });

  it('finds all that stops a rendering', async () => {
    let refusedCount = 0;
    for (const [sql] of CHANGES) {
      const directory = temporaryDirectory();
      execute(await archiveWithEverything(directory), sql);
      const reporter = { event: () => undefined } as never;
      const settings = { exportDir: directory, timeZone: 'UTC' };
      const rendered = renderArchive({ settings, chats: [], renderers: [desktopJson], reporter, signal });
      const isRendered = await rendered.then(
        () => true,
        () => false,
      );
      const { findings } = await verified(directory);
      if (isRendered) continue;
      refusedCount += 1;
      expect(
        findings.some(({ kind }) => kind === 'database'),
        sql,
      ).toBe(true);
    }
    expect(refusedCount).toBeGreaterThan(4);
  });

  it('names each of them by its message, and the first hundred of many', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    {
      using archive = await Archive.open(directory);
      const reached = { account: ACCOUNT, firstMessageId: 5, cursor: 450 };
      archive.commit({ chatId: CHAT.id, records: textRecords(5, 450), senders: [], reached });
    }
    execute(path, "UPDATE messages SET kind = 'zzz' WHERE id IN (1, 300, 450)");
    const few = await verified(directory);
    expect(few.read).toBe(450);
    expect(few.findings.flatMap(({ kind, messageId }) => (kind === 'database' ? [messageId] : []))).toEqual([
      1, 300, 450,
    ]);

    execute(path, "UPDATE messages SET kind = 'zzz'");
    const many = await verified(directory);
    const texts = many.findings.filter(({ kind }) => kind === 'database').map(({ text }) => text);
    expect(texts).toHaveLength(101);
    expect(texts.at(-1)).toBe('350 more rows of messages cannot be read.');
  });

  it('looks at the files all the same, and writes nothing to such a database', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    execute(path, "UPDATE messages SET kind = 'zzz' WHERE id = 3");
    const [folder = ''] = stateOf(directory).filter((name) => name.endsWith('-channel42'));
    rmSync(join(directory, folder, 'media/documents/2026-05-01_4_one.bin'));
    const { findings, end } = await verified(directory);

    expect(findings.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['database', 'missing']));
    expect(end.markedCount).toBe(0);
    using archive = await Archive.open(directory, { readOnly: true });
    expect(archive.missingMedia(CHAT.id)).toEqual([]);
  });

  it('reads no record when it is to be quick', async () => {
    const directory = temporaryDirectory();
    execute(await archiveWithEverything(directory), "UPDATE messages SET kind = 'zzz' WHERE id = 3");
    const { read, findings } = await verified(directory, true);
    expect({ read, texts: findings.filter(({ text }) => text.includes('messages.kind')) }).toEqual({
      read: 0,
      texts: [],
    });
  });

  it('stops between two pages of records', async () => {
    const directory = temporaryDirectory();
    await archiveWithEverything(directory);
    const stop = new AbortController();
    const nothing = (): void => undefined;
    const work = verifyArchive({
      settings: { exportDir: directory },
      chats: [],
      isQuick: false,
      onNote: nothing,
      onRead: () => {
        stop.abort(new Error('stopped'));
      },
      onTotal: () => {
        throw new Error('went on');
      },
      onChecked: nothing,
      signal: stop.signal,
    });
    await expect(
      (async () => {
        while ((await work.next()).done !== true);
      })(),
    ).rejects.toThrow('stopped');
  });
});
