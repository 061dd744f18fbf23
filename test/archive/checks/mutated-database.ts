import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { renderArchive } from '../../../src/app/render-archive.js';
import { verifyArchive } from '../../../src/app/verify-archive.js';
import { Archive } from '../../../src/archive/archive.js';
import { isChatferryError } from '../../../src/errors/chatferry-error.js';
import { desktopJson } from '../../../src/render/desktop-json.js';
import { archiveWithEverything, execute, SHA256, stateOf } from './hostile-archive.js';
import { ACCOUNT, CHAT, recordOf, textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

export interface FuzzRun {
  readonly tryCount: number;
  /** Tries in which something was refused. */
  readonly refusedCount: number;
  readonly slowestMs: number;
  /** What must never be: each with its seed. */
  readonly defects: readonly string[];
}

type Random = (below: number) => number;
type Mutation = (database: Buffer, random: Random) => Buffer;

/** https://sqlite.org/fileformat2.html#the_database_header: offsets and sizes of fields. */
const HEADER_FIELDS = [
  ...[16, 18, 20, 21, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 92, 96].map(
    (at) => [at, at >= 24 ? 4 : 1] as const,
  ),
];

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  bits: (database, random) => {
    for (let count = 1 + random(40); count > 0; count -= 1) flip(database, random(database.length), random);
    return database;
  },
  'bits of one page': (database, random) => {
    const page = pageAt(database, random);
    for (let count = 1 + random(60); count > 0; count -= 1) flip(page, random(page.length), random);
    return database;
  },
  'head of a page': (database, random) => {
    const page = pageAt(database, random);
    for (let count = 1 + random(6); count > 0; count -= 1) page[random(24)] = random(256);
    return database;
  },
  header: (database, random) => {
    const [at = 16, size = 1] = HEADER_FIELDS[random(HEADER_FIELDS.length)] ?? [];
    for (let index = 0; index < size; index += 1) database[at + index] = random(4) === 0 ? 255 : random(256);
    return database;
  },
  'two pages in each other’s place': (database, random) => {
    const [one, other] = [pageAt(database, random), pageAt(database, random)];
    const before = Buffer.from(one);
    other.copy(one);
    before.copy(other);
    return database;
  },
  'a page twice': (database, random) => {
    pageAt(database, random).copy(pageAt(database, random));
    return database;
  },
  'an empty page': (database, random) => {
    pageAt(database, random).fill(random(2) === 0 ? 0 : 255);
    return database;
  },
  'a shorter file': (database, random) => database.subarray(0, random(database.length)),
  'another text in the schema': (database, random) => {
    const at = database.indexOf(['CREATE', 'TEXT', 'INTEGER', 'WITHOUT', 'VIRTUAL', 'fts5'][random(6)] ?? '');
    if (at >= 0) for (let count = 1 + random(4); count > 0; count -= 1) database[at + random(30)] = 32 + random(95);
    return database;
  },
  'text that is no UTF-8': (database, random) => {
    const at = database.indexOf(['message ', 'Rust', '{"', 'media/', 'channel42', 'Ann'][random(6)] ?? '');
    if (at >= 0) for (let count = 1 + random(4); count > 0; count -= 1) database[at + random(8)] = 128 + random(128);
    return database;
  },
};

/** Changes of the search index behind its back; it keeps its data in blobs of its own. */
export const SHADOW_CHANGES: readonly string[] = [
  'UPDATE message_search_data SET block = randomblob(length(block))',
  'UPDATE message_search_data SET block = zeroblob(500000) WHERE id > 10',
  'UPDATE message_search_data SET block = substr(block, 1, length(block) / 2)',
  "UPDATE message_search_data SET block = 'text' WHERE id = 10",
  'DELETE FROM message_search_data WHERE id = 1',
  'DELETE FROM message_search_data',
  "UPDATE message_search_docsize SET sz = x'ffffffffffffffffff'",
  'DELETE FROM message_search_docsize',
  'UPDATE message_search_idx SET pgno = 9223372036854775807',
  'DELETE FROM message_search_idx',
  'UPDATE message_search_config SET v = 99999',
  'DELETE FROM message_search_config',
  "INSERT INTO message_search_config VALUES ('pgsz', 'text'), ('rank', 'load_extension(1)')",
];

/**
 * Damages the database of an archive in many ways, the same for the same seed, and does with each what commands do.
 *
 * @param options - Every `verifyEvery`th is verified as well, which starts a process.
 */
export async function fuzzDatabases({
  tryCount,
  seed,
  verifyEvery,
}: {
  readonly tryCount: number;
  readonly seed: number;
  readonly verifyEvery: number;
}): Promise<FuzzRun> {
  const root = temporaryDirectory();
  const directory = join(root, 'exports');
  const path = await archiveWithEverything(directory);
  const whole = readFileSync(path);
  writeFileSync(join(root, 'canary'), 'precious');
  const defects: string[] = [];
  let refusedCount = 0;
  let slowestMs = 0;
  const names = [...Object.keys(MUTATIONS), 'search index'];
  for (let index = 0; index < tryCount; index += 1) {
    const random = randomOf(seed + index);
    const name = names[index % names.length] ?? '';
    for (const beside of ['-wal', '-shm', '-journal']) rmSync(`${path}${beside}`, { force: true });
    writeFileSync(path, MUTATIONS[name]?.(Buffer.from(whole), random) ?? whole);
    if (name === 'search index') execute(path, SHADOW_CHANGES[random(SHADOW_CHANGES.length)] ?? '');
    let isRefused = false;
    for (const [what, work] of Object.entries(WORKS)) {
      if (what === 'verify' && index % verifyEvery !== 0) continue;
      const startedMs = performance.now();
      try {
        await work(directory);
      } catch (error) {
        isRefused = true;
        if (!isChatferryError(error) || error.code === 'INTERNAL')
          defects.push(`seed ${seed + index}, ${name}, ${what}: ${String(error)}`);
      }
      const tookMs = performance.now() - startedMs;
      if (what !== 'verify') slowestMs = Math.max(slowestMs, tookMs);
    }
    if (isRefused) refusedCount += 1;
    if (readFileSync(join(root, 'canary'), 'utf8') !== 'precious' || stateOf(root).some(isStranger))
      defects.push(`seed ${seed + index}, ${name}: something was made outside, or where nothing belongs`);
  }
  return { tryCount, refusedCount, slowestMs, defects };
}

function isStranger(line: string): boolean {
  return !/^(?:canary|exports)/.test(line);
}

const WORKS: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  read: async (directory) => {
    using archive = await Archive.open(directory, { readOnly: true });
    for (const { chat } of archive.chats()) {
      Array.from(archive.messages(chat.id));
      Array.from(archive.skippedMedia(chat.id));
      archive.missingMedia(chat.id);
      archive.notedMedia(chat.id);
      archive.unreadableMessages(chat.id);
      archive.messagesWithFailedMedia(chat.id);
      archive.descriptions.problems(chat.id);
      archive.descriptions.one(chat.id, SHA256);
      archive.chatAccounts.of(chat.id);
      archive.messageVersions(chat.id, 4);
      Array.from(archive.tombstones.ofChat(chat.id));
    }
    Array.from(archive.files());
    archive.runs();
    archive.accounts.all();
    archive.sender('user5');
    archive.search('message');
    archive.search('mess 3');
  },
  render: async (directory) => {
    const signal = new AbortController().signal;
    const reporter = { event: () => undefined } as never;
    const settings = { exportDir: directory, timeZone: 'UTC' };
    await renderArchive({ settings, chats: [], renderers: [desktopJson], reporter, signal });
  },
  verify: async (directory) => {
    const nothing = (): void => undefined;
    const signal = new AbortController().signal;
    const request = { settings: { exportDir: directory }, chats: [], isQuick: false, signal };
    const findings = verifyArchive({ ...request, onNote: nothing, onTotal: nothing, onChecked: nothing });
    for (;;) if ((await findings.next()).done === true) return;
  },
  commit: async (directory) => {
    using archive = await Archive.open(directory);
    const { folder } = archive.placeChat(CHAT);
    archive.accounts.note({ id: ACCOUNT, name: 'Ada', isBot: false }, 2);
    archive.parts.remoteIds(folder);
    const reached = { account: ACCOUNT, firstMessageId: 1, cursor: 6 };
    const records = [recordOf(textMessage(2, 'changed')), recordOf(textMessage(6, 'another message'))];
    archive.commit({ chatId: CHAT.id, records, senders: [{ id: 'user5', name: 'Bo' }], reached });
    archive.descriptions.removeUnwanted(CHAT.id);
  },
};

function pageAt(database: Buffer, random: Random): Buffer {
  const pageBytes = 4096;
  const at = random(Math.max(1, Math.floor(database.length / pageBytes))) * pageBytes;
  return database.subarray(at, at + pageBytes);
}

function flip(bytes: Buffer, at: number, random: Random): void {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
}

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
