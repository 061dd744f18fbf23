// How to run each program of examples/, and what it must do.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/**
 * @typedef {object} ExampleRun
 * @property {string} program - Its file in examples/, without the extension.
 * @property {(tools: Tools) => Promise<void>} run - Rejects when the program does not do what it should.
 *
 * @typedef {object} Tools
 * @property {string} cwd - An empty folder, in which the program runs.
 * @property {typeof import('../../src/index.js')} library - Of the package.
 * @property {typeof import('../../src/simulator.js')} telegram - Of the package.
 * @property {(args?: readonly string[], env?: Record<string, string>) => Promise<string>} start - Runs the program and
 *   returns its output. Rejects when its exit code is not 0.
 * @property {(args: readonly string[]) => Service} serve - Starts the program in the background.
 *
 * @typedef {object} Service
 * @property {Promise<string>} firstLine - The first line of its output. Rejects when it ends before.
 * @property {() => Promise<void>} end - Sends SIGTERM. Rejects when its exit code is not 0.
 */

const TEXTS = ['The wind turns.', 'Time to sail.', 'A photo of the harbour.'];

/**
 * Serves a chat `@harbour` with a text file, and returns the settings for `chatferry` to log in.
 *
 * @param {Tools} tools
 */
async function serveChat({ cwd, telegram }) {
  const { WorldBuilder, memoryFile, startSimulator } = telegram;
  const world = new WorldBuilder();
  world.addAccount({ userId: 1n, phone: '9990000001', code: '12345' });
  world.addUser(1n, { self: true, first_name: 'Ada' });
  const chat = world.addChannel(100n, 'Harbour', { megagroup: true, username: 'harbour' });
  for (const message of TEXTS) world.post(chat, { message, from_id: { _: 'peerUser', user_id: 1n } });
  const file = memoryFile(Buffer.from('High tide at noon.'));
  const attributes = [{ _: 'documentAttributeFilename', file_name: 'tides.txt' }];
  const document = world.addDocument({ file, mimeType: 'text/plain', attributes });
  world.post(chat, { message: 'The tides.', media: { _: 'messageMediaDocument', document } });
  const server = await startSimulator({ world });
  const keyFile = join(cwd, 'key.pem');
  writeFileSync(keyFile, server.publicKeyPem);
  const env = {
    TELEGRAM_API_ID: '1',
    TELEGRAM_API_HASH: '0'.repeat(32),
    TELEGRAM_DC_ADDRESSES: server.dcs.map(({ id, host, port }) => `${id}=${host}:${port}`).join(','),
    TELEGRAM_PUBLIC_KEY_FILE: keyFile,
    TELEGRAM_SESSION: server.sessionFor(1n),
    TIME_ZONE: 'UTC',
  };
  return { env, close: () => server.close() };
}

/**
 * Exports the chat of {@link serveChat} into `archive`.
 *
 * @param {Tools} tools
 */
async function exportHarbour(tools) {
  const { cwd, library } = tools;
  const { env, close } = await serveChat(tools);
  try {
    const { settings } = library.loadSettings({ cwd, env, readsFiles: false });
    const source = await library.openSource(settings);
    await library.exportChats({ source, archive: join(cwd, 'archive'), chats: ['@harbour'] });
    await source.close();
  } finally {
    await close();
  }
}

/** @type {readonly ExampleRun[]} */
export const EXAMPLE_RUNS = [
  {
    program: 'export-one-chat',
    async run(tools) {
      const { env, close } = await serveChat(tools);
      try {
        const printed = await tools.start(['@harbour', 'archive'], env);
        for (const [index, text] of TEXTS.entries())
          assert.match(printed, new RegExp(`^${index + 1} message ${text}$`, 'm'));
        const [folder] = readdirSync(join(tools.cwd, 'archive')).filter((name) => name.startsWith('harbour'));
        const path = /^4 message The tides\. (.+)$/m.exec(printed)?.[1];
        assert.equal(readFileSync(join(tools.cwd, 'archive', folder, path), 'utf8'), 'High tide at noon.');
        await assert.rejects(tools.start(['@nobody', 'archive'], env), /nobody/);
      } finally {
        await close();
      }
    },
  },
  {
    program: 'processor-alone',
    async run({ start }) {
      // The first request is answered after the last one; the results still have the order of the addresses.
      let answerFirst = () => undefined;
      const lastIsAnswered = new Promise((resolve) => (answerFirst = resolve));
      const server = createServer(async ({ url }, response) => {
        if (url === '/first') await lastIsAnswered;
        response.statusCode = url === '/gone' ? 404 : 200;
        response.end('x'.repeat(url.length), () => url === '/last' && answerFirst());
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const base = `http://127.0.0.1:${server.address().port}`;
      try {
        assert.equal(
          await start([`${base}/first`, `${base}/gone`, `${base}/last`]),
          `${base}/first 6\n${base}/gone Error: HTTP 404\n${base}/last 5\n3 jobs, 1 failed, at most 3 at once\n`,
        );
      } finally {
        server.closeAllConnections();
        server.close();
      }
    },
  },
  {
    program: 'search-and-back-up',
    async run(tools) {
      const { cwd } = tools;
      await exportHarbour(tools);
      const printed = await tools.start(['archive', 'wind', 'backup']);
      assert.match(printed, /^Harbour: 4 messages$/m);
      assert.match(printed, /^Harbour 1 \S+ The wind turns\.$/m);
      assert.doesNotMatch(printed, /Time to sail/);
      assert.match(printed, /^(\d+) of \1 files are in the backup, and compared$/m);
      const backedUp = readdirSync(join(cwd, 'backup'), { recursive: true }).filter((name) =>
        name.endsWith('tides.txt'),
      );
      assert.equal(backedUp.length, 1);
      assert.equal(readFileSync(join(cwd, 'backup', backedUp[0]), 'utf8'), 'High tide at noon.');
    },
  },
  {
    program: 'search-service',
    async run(tools) {
      await exportHarbour(tools);
      const service = tools.serve(['archive']);
      const address = await service.firstLine;
      const answers = await Promise.all(['wind', 'sail', 'nothing'].map((word) => fetch(`${address}?q=${word}`)));
      const found = await Promise.all(answers.map((answer) => answer.json()));
      assert.deepEqual(
        found.map((messages) => messages.map(({ text }) => text)),
        [['The wind turns.'], ['Time to sail.'], []],
      );
      await service.end();
    },
  },
  {
    program: 'telegram-for-tests',
    async run({ start }) {
      assert.match(await start(), /^# pass 1$/m);
    },
  },
];
