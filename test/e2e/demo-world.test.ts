import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runExport, type ExportSummary } from '../../src/app/export/create-export.js';
import { Archive } from '../../src/archive/archive.js';
import type { MediaRecord, MessageRecord } from '../../src/chat/record.js';
import { type Chat, MIGRATED_ID_OFFSET } from '../../src/chat/chat.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { createDemoWorld, type DemoWorld } from '../../src/simulator/demo/demo-world.js';
import type { ExpectedChat } from '../../src/simulator/world/expectation.js';
import { startSimulator, type Simulator } from '../../src/simulator/server/server.js';
import { openTelegramSource } from '../../src/source/telegram/telegram-source.js';
import { desktopJson } from '../../src/render/desktop-json.js';
import { desktopProblems } from '../render/desktop-schema.js';
import { AUTOMATIC, PATIENCE } from '../source/telegram/patience.js';

let demo: DemoWorld;
let simulator: Simulator;
let directory: string;
let summary: ExportSummary;
let archive: Archive;

/** Exports every chat of the demo account once; the tests below look at what that left. */
beforeAll(async () => {
  demo = await createDemoWorld({ smaller: true });
  simulator = await startSimulator({ world: demo.world });
  directory = await mkdtemp(join(tmpdir(), 'chatferry-e2e-'));
  const { signal } = new AbortController();
  await using source = await openTelegramSource({
    ...PATIENCE,
    ...AUTOMATIC,
    apiId: 1,
    apiHash: 'hash',
    session: simulator.sessionFor(demo.account.userId),
    dcAddresses: simulator.dcs,
    publicKeyPem: simulator.publicKeyPem,
    signal,
  });
  const { settings } = loadSettings({ cwd: directory, env: {}, flags: { exportDir: directory, timeZone: 'UTC' } });
  const chats: Chat[] = [];
  for await (const chat of source.chats(signal)) chats.push(chat);
  const reporter = { event: () => undefined };
  summary = await runExport({ settings, source, chats, renderers: [desktopJson], reporter, signal });
  archive = await Archive.open(directory, { readOnly: true });
});

afterAll(async () => {
  archive.close();
  await simulator.close();
  await rm(directory, { recursive: true, force: true });
});

/** What must be in the archive of a chat: a supergroup has the messages of the group it was made from in front. */
function expectedOf(chat: Chat): ExpectedChat {
  const all = demo.expectations();
  const named = (id: string): ExpectedChat | undefined => all.find(({ peer }) => peer.replace(':', '') === id);
  const own = named(chat.peerId);
  if (own === undefined) throw new Error(`The world has no chat ${chat.peerId}.`);
  const oldId = demo.world.fullChats.get(own.peer)?.['migrated_from_chat_id'];
  const old = typeof oldId === 'bigint' ? named(`chat${oldId}`) : undefined;
  const shift = (id: number): number => id - MIGRATED_ID_OFFSET;
  return {
    peer: own.peer,
    messageIds: [...(old?.messageIds.map(shift) ?? []), ...own.messageIds],
    media: [...(old?.media.map((medium) => ({ ...medium, messageId: shift(medium.messageId) })) ?? []), ...own.media],
  };
}

const recordsOf = (chat: Chat): readonly MessageRecord[] => [...archive.messages(chat.id)];

function stored(records: readonly MessageRecord[]): (MediaRecord & { state: 'stored'; messageId: number })[] {
  return records.flatMap(({ message, media }) =>
    media.filter((record) => record.state === 'stored').map((record) => ({ ...record, messageId: message.id })),
  );
}

describe('the demo world, exported whole', () => {
  it('leaves out only the channel that may not be read, and says so', () => {
    expect(summary.refused.map(({ chat }) => chat.title)).toHaveLength(1);
    expect(summary.exitCode).toBe(4);
    expect(summary.chats.length).toBeGreaterThan(8);
  });

  it('has every message of every chat once and in order', () => {
    for (const { chat, messageCount } of summary.chats) {
      const ids = recordsOf(chat).map(({ message }) => message.id);
      expect(ids, chat.title).toEqual(expectedOf(chat).messageIds);
      expect(messageCount, chat.title).toBe(ids.length);
    }
  });

  it('has every medium with its size and SHA-256, in the row and on disk', async () => {
    let checked = 0;
    for (const { chat, folder } of summary.chats) {
      const files = stored(recordsOf(chat));
      for (const { file } of files) {
        const bytes = await readFile(join(folder, file.path));
        expect(bytes.length, file.path).toBe(file.sizeBytes);
        expect(createHash('sha256').update(bytes).digest('hex'), file.path).toBe(file.sha256);
      }
      for (const expected of expectedOf(chat).media) {
        const candidates = files.filter(
          ({ messageId, media }) => messageId === expected.messageId && media.kind === expected.kind,
        );
        const found = candidates.map(({ file }) => `${file.sha256} ${file.sizeBytes}`);
        expect(found, `${chat.title} ${expected.messageId} ${expected.kind}`).toContain(
          `${expected.sha256} ${expected.sizeBytes}`,
        );
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(120);
  });

  it('lists what Telegram does not hand out, with the reason, and misses nothing else', () => {
    const missing = summary.chats.flatMap((chat) => chat.missing);
    expect(missing.length).toBeGreaterThan(0);
    for (const { media, reason } of missing) expect(media.unavailableReason).toBe(reason);
  });

  it('keeps the bytes of every message with their layer', () => {
    for (const { chat } of summary.chats) {
      for (const { message } of recordsOf(chat)) {
        expect(message.raw?.layer).toBe(198);
        expect(message.raw?.bytes.length).toBeGreaterThan(20);
      }
    }
  });

  it('renders each chat as a result.json that Telegram Desktop might have written', async () => {
    for (const { chat, renderedPaths } of summary.chats) {
      const [path = ''] = renderedPaths;
      expect(desktopProblems(JSON.parse(await readFile(path, 'utf8'))), chat.title).toEqual([]);
    }
  });

  it.each(['harbour', 'ґанок', 'مرحبا', '寿司'])('finds %s', (query) => {
    const found = archive.search(query);
    expect(found.length).toBeGreaterThan(0);
    for (const message of found)
      expect(
        JSON.stringify({ ...message, raw: '' })
          .normalize('NFKC')
          .toLowerCase(),
      ).toContain(query);
  });
});
