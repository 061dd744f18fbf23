import { pathToFileURL } from 'node:url';

import { expect, it } from 'vitest';

import { ownModule } from '../../src/children/own-module.js';

it('built JavaScript runs as it is', () => {
  const { url, execArgv } = ownModule('../threads/decrypt', 'file:///package/dist/wire/packets/thread.js');
  expect(url.href).toBe('file:///package/dist/wire/threads/decrypt.js');
  expect(execArgv).toEqual([]);
});

it('a TypeScript source runs through the loader', () => {
  const { url, path, execArgv } = ownModule('./worker', import.meta.url);
  expect(url.href).toBe(new URL('worker.ts', import.meta.url).href);
  expect(pathToFileURL(path).href).toBe(url.href);
  expect(execArgv).toEqual(['--import', expect.stringContaining('tsx')]);
});
