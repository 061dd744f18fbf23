import { existsSync, readdirSync, statSync } from 'node:fs';

import { expect, it } from 'vitest';

import { startDemoTusServer } from '../../../src/app/upload/demo-tus-server.js';

it('keeps uploads in a private folder that goes with it, behind a token that differs each time', async () => {
  const first = await startDemoTusServer();
  const second = await startDemoTusServer();
  expect(first.target).toMatch(/^tus\+http:\/\/127\.0\.0\.1:\d+\/files\/$/);
  expect(first.token).toMatch(/^[\w-]{43}$/);
  expect(second.token).not.toBe(first.token);
  if (process.platform !== 'win32') expect(statSync(first.folder).mode & 0o777).toBe(0o700);
  const answer = await fetch(first.target.slice('tus+'.length), {
    method: 'POST',
    headers: { authorization: `Bearer ${first.token}`, 'tus-resumable': '1.0.0', 'upload-length': '3' },
  });
  expect(answer.status).toBe(201);
  expect(readdirSync(first.folder)).toHaveLength(1);
  await second[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  expect(existsSync(first.folder)).toBe(false);
});
