import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  exportChats,
  loadSettings,
  type MessageRecord,
  openSource,
  type ProgressEvent,
  type Renderer,
} from '../../../src/index.js';
import { createRepostWorld } from '../../../src/simulator/world/repost-world.js';
import { type Simulator, startSimulator } from '../../../src/simulator/server/server.js';
import type { LiveSource } from '../../../src/source/live-source.js';
import { clientEnvironment } from '../../cli/client-environment.js';

const FILE_COUNT = 120;

let directory: string;
let archivePath: string;
let simulator: Simulator;
let source: LiveSource;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chatferry-export-chats-'));
  archivePath = join(directory, 'archive');
  simulator = await startSimulator({ world: createRepostWorld({ fileCount: FILE_COUNT }) });
  const keyFile = join(directory, 'key.pem');
  writeFileSync(keyFile, simulator.publicKeyPem);
  const env = { ...clientEnvironment(simulator, keyFile), TELEGRAM_SESSION: simulator.sessionFor(777_001n) };
  source = await openSource(loadSettings({ env, readsFiles: false }).settings);
});

afterEach(async () => {
  await source.close();
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('exportChats', () => {
  it('exports a chat by its name, renders it, and needs no settings, reporter or signal', async () => {
    const { chats, exitCode } = await exportChats({ source, archive: archivePath, chats: ['@bench_reposts'] });
    expect(exitCode).toBe(0);
    const rendered = chats[0]?.renderedPaths.map((path) => readFileSync(path, 'utf8'));
    expect((JSON.parse(rendered?.[0] ?? '') as { messages: unknown[] }).messages).toHaveLength(FILE_COUNT);
  });

  it('gives each message once its files are on the disk, in ascending order, and none that was there before', async () => {
    const given: MessageRecord[] = [];
    const onMessage = (record: MessageRecord): void => {
      given.push(record);
      const folder = readdirSync(archivePath, { withFileTypes: true }).find((entry) => entry.isDirectory())?.name ?? '';
      for (const media of record.media) {
        if (media.state !== 'stored') continue;
        expect(statSync(join(archivePath, folder, media.file.path)).size).toBe(media.file.sizeBytes);
      }
    };
    const options = { source, archive: archivePath, chats: ['@bench_reposts'], onMessage };
    await exportChats(options);
    expect(given.map(({ message }) => message.id)).toEqual(Array.from({ length: FILE_COUNT }, (_, index) => index + 1));
    expect(given.flatMap(({ media }) => media).map(({ state }) => state)).toEqual(Array(FILE_COUNT).fill('stored'));

    given.length = 0;
    const { chats } = await exportChats(options);
    expect(given).toEqual([]);
    expect(chats[0]?.messageCount).toBe(FILE_COUNT);
  });

  it('stops with the error that a callback throws, keeps what was written, and continues there', async () => {
    const options = { source, archive: archivePath, chats: ['@bench_reposts'] };
    const refusal = new Error('I have seen enough.');
    const stopped = exportChats({
      ...options,
      onMessage: () => {
        throw refusal;
      },
    });
    await expect(stopped).rejects.toBe(refusal);
    const laterIds: number[] = [];
    const { chats } = await exportChats({ ...options, onMessage: ({ message }) => laterIds.push(message.id) });
    expect(chats[0]?.messageCount).toBe(FILE_COUNT);
    expect(laterIds.length).toBeLessThan(FILE_COUNT);
    expect(laterIds.at(-1)).toBe(FILE_COUNT);
  });

  it('renders by the objects that it is given, and tells how it proceeds', async () => {
    const chat = await source.resolveChat('@bench_reposts', new AbortController().signal);
    const path = join(archivePath, 'count.txt');
    const renderer: Renderer = {
      format: 'count',
      begin: ({ archive }) => ({
        chat: ({ chat: { id } }) => {
          const messageCount = [...archive.messages(id)].length;
          writeFileSync(path, `${messageCount}`);
          return Promise.resolve({ paths: [path], messageCount, lostFileCount: 0 });
        },
        finish: () => Promise.resolve([]),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    };
    const events: ProgressEvent[] = [];
    const onProgress = (event: ProgressEvent): void => void events.push(event);
    const settings = { mediaKinds: [] };
    await exportChats({ source, archive: archivePath, chats: [chat], renderers: [renderer], settings, onProgress });
    expect(readFileSync(path, 'utf8')).toBe(`${FILE_COUNT}`);
    expect(events).toContainEqual(expect.objectContaining({ type: 'rendered', format: 'count', path }));
    expect(events).toContainEqual(expect.objectContaining({ type: 'chat-finished', mediaDone: 0 }));
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    controller.abort(reason);
    const { signal } = controller;
    await expect(exportChats({ source, archive: archivePath, chats: ['@bench_reposts'], signal })).rejects.toBe(reason);
  });
});
