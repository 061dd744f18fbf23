import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ExportSummary, runExport } from '../../../src/app/export/create-export.js';
import { Archive } from '../../../src/archive/archive.js';
import type { StoredRun } from '../../../src/archive/run-record.js';
import type { Chat } from '../../../src/chat/chat.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import { exitCodeOf } from '../../../src/errors/error-meaning.js';
import type { Fault } from '../../../src/simulator/server/network.js';
import type { DownloadAccount } from '../../../src/pipeline/download-account.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';
import type { LiveSource } from '../../../src/source/live-source.js';
import { openTelegramSource } from '../../../src/source/telegram/telegram-source.js';
import { desktopJson } from '../../../src/render/desktop-json.js';
import type { Renderer } from '../../../src/render/renderer.js';
import { FERRY_USERNAME, FerryWorld } from '../../e2e/ferry-world.js';
import { neverAborted, SimulatedExport } from '../../e2e/simulated-export.js';
import { ndjson } from '../../render/ndjson.js';
import { AUTOMATIC } from '../../source/telegram/patience.js';

const OTHERS = [
  [8101n, 'pier_one'],
  [8102n, 'pier_two'],
] as const;

const ferry = new FerryWorld({ textCount: 6, hasForeign: false });
const unsupportedId = ferry.world.post(ferry.peer, { message: '', media: { _: 'messageMediaUnsupported' } });
for (const [id, username] of OTHERS) {
  const peer = ferry.world.addChannel(id, username, { username });
  ferry.world.post(peer, { message: 'Ahoy' });
}

let trip: SimulatedExport;
let source: LiveSource;
let chats: readonly Chat[];
let runCount = 0;

beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  source = await openTelegramSource({ ...trip.clientOptions(), ...AUTOMATIC });
  const names = [OTHERS[0][1], FERRY_USERNAME, OTHERS[1][1]];
  chats = await Promise.all(names.map((name) => source.resolveChat(`@${name}`, neverAborted())));
});
afterAll(async () => {
  await source.close();
  await trip[Symbol.asyncDispose]();
});

interface Run {
  readonly chats?: readonly Chat[];
  readonly renderers?: readonly Renderer[];
  readonly fault?: Fault;
  readonly directory?: string;
  readonly signal?: AbortSignal;
  /** @defaultValue the one that all share */
  readonly source?: LiveSource;
}

/** A source whose download of one message ends in a defect. */
function withDefect(whole: LiveSource, messageId: number, defect: Error): LiveSource {
  return {
    account: whole.account,
    chats: (signal) => whole.chats(signal),
    resolveChat: (reference, signal) => whole.resolveChat(reference, signal),
    history: (chat, options) => whole.history(chat, options),
    oldGroup: (chat, signal) => whole.oldGroup(chat, signal),
    mailboxMessages: (ids, signal) => whole.mailboxMessages(ids, signal),
    messages: (chat, ids, signal) => whole.messages(chat, ids, signal),
    download: (message, media, options) =>
      message.id === messageId ? Promise.reject(defect) : whole.download(message, media, options),
    fileHashes: (message, media, signal) => whole.fileHashes(message, media, signal),
    downloadMetrics: () => whole.downloadMetrics(),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function nextDirectory(): string {
  runCount += 1;
  return trip.path(`run-${runCount}`);
}

async function run(options: Run = {}): Promise<ExportSummary> {
  const { renderers = [desktopJson], fault, directory = nextDirectory(), signal = neverAborted() } = options;
  const { settings } = loadSettings({
    cwd: trip.directory,
    env: { TIME_ZONE: 'UTC' },
    flags: { exportDir: directory },
  });
  trip.simulator.setNetwork(fault === undefined ? {} : { fault });
  const reporter = { event: () => undefined };
  try {
    const from = options.source ?? source;
    return await runExport({ settings, source: from, chats: options.chats ?? chats, renderers, reporter, signal });
  } finally {
    trip.simulator.setNetwork({});
  }
}

/** Refuses the history of one channel. */
function refusing(channelId: bigint, error: string): Fault {
  return ({ method, params }) =>
    method === 'messages.getHistory' && (params['peer'] as TlObject)['channel_id'] === channelId
      ? { error }
      : undefined;
}

async function reportOf(folder: string): Promise<Record<string, Record<string, unknown>>> {
  return JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Record<string, Record<string, unknown>>;
}

async function runsOf(directory: string): Promise<readonly StoredRun[]> {
  using archive = await Archive.open(directory, { readOnly: true });
  return archive.runs();
}

describe('an export of several chats', () => {
  it.each([
    ['may not be read', 'CHANNEL_PRIVATE', 'NO_ACCESS'],
    ['is gone', 'CHANNEL_INVALID', 'CHAT_NOT_FOUND'],
    ['is refused for a reason that nobody knows', 'CHAT_ON_FIRE', 'REMOTE_ERROR'],
  ])('goes on with the others when one %s, lists it, and ends with 4', async (_, answer, code) => {
    const summary = await run({ fault: refusing(8101n, answer) });
    expect(summary.exitCode).toBe(4);
    expect(summary.refused).toMatchObject([{ chat: { id: 'channel8101' }, error: { code } }]);
    expect(summary.chats.map(({ chat, messageCount }) => [chat.peerId, messageCount])).toEqual([
      ['channel8001', ferry.messageIds.length + 1],
      ['channel8102', 1],
    ]);
    const runs = await runsOf(summary.directory);
    expect(runs.map(({ end }) => end?.outcome)).toEqual(['failed', 'complete', 'complete']);
  });

  it('ends with 7 when every one is refused', async () => {
    const fault: Fault = ({ method }) => (method === 'messages.getHistory' ? { error: 'CHANNEL_PRIVATE' } : undefined);
    const summary = await run({ fault });
    expect(summary.exitCode).toBe(7);
    expect(summary.chats).toEqual([]);
    expect(summary.refused.map(({ chat }) => chat.id)).toEqual(chats.map(({ id }) => id));
  });

  it('knows as much of a chat that was listed as of one that was named', async () => {
    const listed: Chat[] = [];
    for await (const chat of source.chats(neverAborted())) listed.push(chat);
    expect(listed.every(({ messageCount }) => messageCount === undefined)).toBe(true);
    const summary = await run({ chats: listed });
    const byId = (one: Chat, other: Chat): number => one.id.localeCompare(other.id);
    const exported = summary.chats.map(({ chat: { lastMessageDateMs, ...chat } }) => {
      expect(lastMessageDateMs).toBeGreaterThan(0);
      return chat;
    });
    expect(exported.toSorted(byId)).toEqual([...chats].toSorted(byId));
  });

  it('stops at what every other chat would meet as well', async () => {
    const directory = nextDirectory();
    const fault = refusing(8001n, 'SESSION_REVOKED');
    await expect(run({ fault, directory })).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
    expect((await runsOf(directory)).map(({ end }) => end?.outcome)).toEqual(['complete', 'failed']);
  });
});

describe('a defect of ours while a medium is fetched', () => {
  it('is no failed medium: it ends the run with exit code 1, and what was finished stays', async () => {
    const [, ferryChat] = chats;
    const directory = nextDirectory();
    const defect = new TypeError('parts.map is not a function');
    const broken = withDefect(source, ferry.loneId, defect);
    await expect(run({ chats: ferryChat === undefined ? [] : [ferryChat], directory, source: broken })).rejects.toBe(
      defect,
    );
    expect(exitCodeOf(defect)).toBe(1);
    using archive = await Archive.open(directory, { readOnly: true });
    expect(archive.missingMedia('channel8001')).toEqual([]);
    const kept = [...archive.messages('channel8001')];
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.every(({ message }) => message.id < ferry.loneId)).toBe(true);
    expect(archive.runs().map(({ end }) => end?.outcome)).toEqual(['failed']);
  });
});

describe('the report of a run', () => {
  it('names the messages that this client cannot show whole', async () => {
    const summary = await run();
    expect(summary.exitCode).toBe(0);
    const report = await reportOf(summary.chats[1]?.folder ?? '');
    expect(report).toMatchObject({
      run: { outcome: 'complete' },
      messages: { total: ferry.messageIds.length + 1, unreadable: [{ messageId: unsupportedId, kind: 'unsupported' }] },
      missing: [],
    });
  });

  it('tells how the downloads of each chat went', async () => {
    const summary = await run();
    const [without, withMedia] = await Promise.all(summary.chats.map(({ folder }) => reportOf(folder)));
    expect(without).not.toHaveProperty('downloads');
    const downloads = (withMedia as unknown as { downloads: DownloadAccount }).downloads;
    expect(downloads.bytes).toBeGreaterThan(summary.metrics.bytes / 2);
    expect(downloads.bytes).toBeLessThan(summary.metrics.bytes); // Bytes that are there already are linked, not fetched.
    expect(downloads.series.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(downloads.bytes);
    expect(downloads.peakConnections).toBeGreaterThan(0);
    expect(downloads.peakInFlightRequests).toBeGreaterThan(0);
    expect(downloads.series.every(({ timeMs }) => timeMs >= 0)).toBe(true);
    expect(summary.downloadLine).toMatch(/ at .+B\/s, \d connections?, \d+ parts? in flight at most$/);
  });

  it('is there when the run failed at once, and says why', async () => {
    const [first] = chats;
    const directory = nextDirectory();
    const failing = run({
      chats: first === undefined ? [] : [first],
      fault: refusing(8101n, 'CHANNEL_PRIVATE'),
      directory,
    });
    await expect(failing).rejects.toMatchObject({ code: 'NO_ACCESS' });
    const report = await reportOf(join(directory, 'pier-one-channel8101'));
    expect(report).toMatchObject({ run: { outcome: 'failed' }, messages: { new: 0, total: 0 } });
    expect(report['run']?.['error']).toMatch(/may not read that chat/);
  });

  it('says what is in the archive when the run is interrupted', async () => {
    const directory = nextDirectory();
    const controller = new AbortController();
    const fault: Fault = ({ method, callNumber }) => {
      if (method === 'upload.getFile' && callNumber > 0) controller.abort(new ChatferryError('INTERRUPTED', 'Stop.'));
      return undefined;
    };
    await expect(run({ fault, directory, signal: controller.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const report = await reportOf(join(directory, 'ferry-crew-channel8001'));
    using archive = await Archive.open(directory, { readOnly: true });
    const messageCount = archive.messageCount('channel8001');
    expect(report).toMatchObject({
      run: { outcome: 'interrupted' },
      messages: { new: messageCount, total: messageCount },
    });
    expect(archive.runs().at(-1)?.end).toMatchObject({ outcome: 'interrupted', messageCount });
  });

  it('never calls a run complete whose report could not be written', async () => {
    const directory = nextDirectory();
    await mkdir(join(directory, 'ferry-crew-channel8001', 'report.json'), { recursive: true });
    await expect(run({ directory })).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect((await runsOf(directory)).at(-1)?.end?.outcome).not.toBe('complete');
  });
});

describe('an export into several formats', () => {
  it('renders every chat in each, and at its end what is over all chats', async () => {
    const directory = nextDirectory();
    const { chats: exported, renderedPaths } = await run({ directory, renderers: [ndjson, desktopJson] });
    for (const { folder, renderedPaths: paths } of exported) {
      expect(paths).toEqual(['messages.ndjson', 'result.json'].map((name) => join(folder, name)));
    }
    expect(renderedPaths).toEqual([join(directory, 'chats.ndjson')]);
    expect((await readFile(join(directory, 'chats.ndjson'), 'utf8')).trim().split('\n')).toHaveLength(exported.length);
  });

  it('is refused before anything is fetched when a renderer cannot begin, and ends those that have begun', async () => {
    const directory = nextDirectory();
    const ended: string[] = [];
    const watched: Renderer = {
      format: 'watched',
      begin: async (options) => {
        const begun = await ndjson.begin(options);
        return {
          chat: begun.chat.bind(begun),
          finish: begun.finish.bind(begun),
          [Symbol.asyncDispose]: async () => {
            ended.push('watched');
            await begun[Symbol.asyncDispose]();
          },
        };
      },
    };
    const refusing: Renderer = {
      format: 'refusing',
      begin: () => {
        throw new ChatferryError('USAGE', 'There is no such zone.');
      },
    };
    await expect(run({ directory, renderers: [watched, refusing] })).rejects.toThrow('There is no such zone.');
    expect(ended).toEqual(['watched']);
    expect((await readdir(directory)).filter((name) => !name.startsWith('archive.'))).toEqual([]);
  });
});
