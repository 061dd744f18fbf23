import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { sessionDetails, sessionLine } from '../../../../src/cli/upload/session-lines.js';
import { temporaryDirectory } from '../../../archive/temporary-directory.js';
import { startTusNodeServer } from '../../servers/tus-server.js';
import { testRun } from '../../upload-run.js';
import { tusClient } from './far-ends.js';

const MB = 1024 * 1024;
const SIZE_BYTES = 48 * MB;

it('shows how much of one large part was sent, and says so of the session when it is interrupted', async () => {
  await using server = await startTusNodeServer();
  const folder = temporaryDirectory();
  const path = join(folder, 'film.mp4');
  writeFileSync(path, randomBytes(SIZE_BYTES));
  await using target = tusClient(server.endpoint);
  const stop = new AbortController();
  const shared = { target, folder, chosenPartBytes: 64 * MB, bytesPerSecond: 24 * MB };
  using first = await testRun({
    ...shared,
    onEvent: ({ sentBytes }) => {
      if (sentBytes > 30 * MB) stop.abort(new Error('Ctrl-C'));
    },
  });
  await expect(first.upload([{ path, name: 'film.mp4' }], stop.signal)).rejects.toThrow('Ctrl-C');
  for (const { percentage, sentBytes } of first.events) {
    expect(percentage).toBeLessThanOrEqual((sentBytes * 100) / SIZE_BYTES);
    // Nothing is shown that is not in the session: it may be written a moment later.
    expect(percentage).toBeGreaterThanOrEqual(((sentBytes - 12 * MB) * 100) / SIZE_BYTES);
  }
  const last = first.events.at(-1);
  const [session] = await first.run.sessions.list();
  if (session === undefined || last === undefined) throw new Error('there is no session');
  expect(session).toMatchObject({ status: 'paused', shownPercentage: last.percentage, sentBytes: last.sentBytes });
  const percent = Math.floor((last.sentBytes * 100) / SIZE_BYTES);
  expect(percent).toBeGreaterThanOrEqual(62);
  expect(sessionLine(session, Date.now())).toContain(`paused ${percent} %`);
  expect(sessionDetails(session)).toMatch(/parts +0 of 1, of [\d.]+ MB; 3\d\.\d MB sent/);

  using second = await testRun(shared);
  expect(await second.upload([{ path, name: 'film.mp4' }])).toMatchObject([{ state: 'uploaded' }]);
  expect(second.events[0]?.percentage).toBe(last.percentage);
});

it('writes down while a large part is sent how much may have been shown, so that a kill leaves little more', async () => {
  await using server = await startTusNodeServer();
  const folder = temporaryDirectory();
  const path = join(folder, 'film.mp4');
  writeFileSync(path, randomBytes(SIZE_BYTES));
  await using target = tusClient(server.endpoint);
  const looks: Promise<void>[] = [];
  using run = await testRun({
    ...{ target, folder, chosenPartBytes: 64 * MB, bytesPerSecond: 24 * MB },
    onEvent: ({ stage, percentage, sentBytes }) => {
      if (stage !== 'uploading' || sentBytes === 0) return;
      const look = async (): Promise<void> => {
        const [session] = await run.run.sessions.list(); // As the next run would find it after a kill now.
        if (session?.status !== 'active') return;
        expect(session.shownPercentage).toBeGreaterThanOrEqual(percentage);
        expect(session.shownPercentage).toBeLessThanOrEqual(((sentBytes + 25 * MB) * 100) / SIZE_BYTES);
      };
      looks.push(look());
    },
  });
  expect(await run.upload([{ path, name: 'film.mp4' }])).toMatchObject([{ state: 'uploaded' }]);
  expect(looks.length).toBeGreaterThan(3);
  await Promise.all(looks);
});
