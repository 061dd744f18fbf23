import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect } from 'vitest';

import { endAbandoned } from '../../../src/app/upload/abandoned-uploads.js';
import { openTarget } from '../../../src/app/upload/open-target.js';
import { openSessionRoom } from '../../../src/app/upload/session-room.js';
import { uploadFiles } from '../../../src/app/upload/upload-files.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { LEAST_PART_BYTES, needsRadosgw, Radosgw, RADOSGW_KEY } from '../../upload/servers/radosgw.js';
import { S3FarEnd } from '../../upload/targets/s3-far-end.js';

const test = await needsRadosgw();
const cwd = mkdtempSync(join(tmpdir(), 'chatferry-abandoned-'));
const never = new AbortController().signal;

afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

test('unfinished uploads of ours are ended once they are older than a session, and those of others stay', async () => {
  await using gateway = await Radosgw.start(LEAST_PART_BYTES);
  const farEnd = await S3FarEnd.make(gateway);
  const env = {
    UPLOAD_SESSION_DIR: join(cwd, 'sessions'),
    S3_ENDPOINT: gateway.endpoint.href,
    AWS_ACCESS_KEY_ID: RADOSGW_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: RADOSGW_KEY.secretAccessKey,
  };
  const { settings } = loadSettings({ cwd, env, homeDirectory: cwd });
  const to = `s3://${farEnd.bucket}/chats`;
  writeFileSync(join(cwd, 'film.mp4'), 'a film');
  const { files } = await uploadFiles(['film.mp4'], { to, cwd, settings }).finished();
  expect(files).toMatchObject([{ state: 'uploaded' }]);

  await using opened = await openTarget(to, { settings, cwd });
  const file = { sizeBytes: 20_000_000, sha256: '0'.repeat(64), contentType: 'video/mp4' };
  for (const name of ['film.mp4', 'others.mp4']) {
    await opened.target.begin({ ...file, name }, never, { senderCount: 3, partBytes: 5_242_880 });
  }
  using room = await openSessionRoom(settings);
  const options = { room, settings, cwd, onNote: () => undefined };
  expect(await endAbandoned(to, { ...options, now: Date.now }, never)).toBe(0);
  const later = (): number => Date.now() + 49 * 3_600_000;
  expect(await endAbandoned(to, { ...options, now: later }, never)).toBe(1);
  expect(await farEnd.unfinishedCount()).toBe(1);
}, 120_000);
