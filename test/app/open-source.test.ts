import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openSource } from '../../src/app/open-source.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { createRepostWorld } from '../../src/simulator/world/repost-world.js';
import { startSimulator } from '../../src/simulator/server/server.js';
import type { ProgressReporter } from '../../src/pipeline/export-progress.js';
import { writeSessionText } from '../../src/source/telegram/wire/session-text.js';
import { SessionFile } from '../../src/source/telegram/login/session-file.js';
import { clientEnvironment } from '../cli/client-environment.js';

test('a source that is opened by a session file can do what the Telegram source can, the hashes of files included', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'chatferry-open-source-'));
  const { signal } = new AbortController();
  try {
    await using simulator = await startSimulator({ world: createRepostWorld({ fileCount: 1 }) });
    const keyFile = join(directory, 'key.pem');
    await writeFile(keyFile, simulator.publicKeyPem);
    const sessionFile = join(directory, 'telegram.session');
    {
      await using file = await SessionFile.open(sessionFile);
      await file.write(simulator.sessionFor(777_001n));
    }
    const { settings } = loadSettings({
      cwd: directory,
      env: {
        ...clientEnvironment(simulator, keyFile),
        TELEGRAM_SESSION_FILE: sessionFile,
      },
    });
    await using source = await openSource(settings, { reporter: { event: () => undefined }, signal });
    const chat = await source.resolveChat('@bench_reposts', signal);
    let hashedBytes = 0;
    for await (const { messages } of source.history(chat, { signal })) {
      for (const message of messages) {
        for (const media of message.media) {
          for await (const { sizeBytes } of source.fileHashes(message, media, signal)) hashedBytes += sizeBytes;
        }
      }
    }
    expect(hashedBytes).toBe(50_000);
    expect(source.downloadMetrics()).toBeDefined();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('a session of another server is said to be one before it is used there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'chatferry-open-source-'));
  const told = new AbortController();
  try {
    const session = await writeSessionText({ dcId: 2, host: '127.0.0.1', port: 9, authKey: Buffer.alloc(256, 7) });
    const { settings } = loadSettings({
      cwd: directory,
      homeDirectory: directory,
      env: { TELEGRAM_API_ID: '1', TELEGRAM_API_HASH: '0'.repeat(32), TELEGRAM_SESSION: session },
    });
    const notes: string[] = [];
    const reporter: ProgressReporter = {
      event: (event) => {
        if (event.type !== 'note') return;
        notes.push(event.text);
        told.abort(new Error('told'));
      },
    };
    await expect(openSource(settings, { reporter, signal: told.signal })).rejects.toThrow();
    expect(notes).toEqual(["This login is of a server that is not Telegram's own: 127.0.0.1, port 9."]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
