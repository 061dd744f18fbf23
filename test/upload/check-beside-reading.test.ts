import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { ChatferryError } from '../../src/errors/chatferry-error.js';
import { DirectoryTarget } from '../../src/upload/targets/directory.js';
import type { UploadItem } from '../../src/upload/uploaded-file.js';
import type { UploadTarget } from '../../src/upload/upload-target.js';
import { changedTarget } from './targets/changed-target.js';
import { testRun } from './upload-run.js';

const NAMES = ['a', 'b', 'c'] as const;

/** `Promise.withResolvers`, which Node 20 lacks. */
function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return {
    promise,
    resolve: () => {
      resolve();
    },
  };
}

let root: string;
let begun: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chatferry-check-'));
  begun = [];
  mkdirSync(join(root, 'there'));
  for (const name of NAMES) writeFileSync(join(root, name), name.repeat(1000));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function items(): readonly UploadItem[] {
  return NAMES.map((name) => ({ name, path: join(root, name) }));
}

/** A folder that says which files were begun. */
function folder(changes: Partial<UploadTarget> = {}): UploadTarget {
  const target = new DirectoryTarget(join(root, 'there'));
  return changedTarget(target, {
    begin: (file) => {
      begun.push(file.name);
      return target.begin(file);
    },
    ...changes,
  });
}

it('files are read while the target is checked, and none is begun before the check is over', async () => {
  const readings = deferred();
  let begunBefore: readonly string[] | undefined;
  using run = await testRun({
    target: folder({ isDeclaredBefore: true }),
    folder: root,
    checkTarget: async () => {
      await readings.promise;
      begunBefore = [...begun];
    },
    onEvent: ({ message }) => {
      if (message === 'Reading the file') readings.resolve();
    },
  });
  const files = await run.upload(items());
  expect(files).toMatchObject(NAMES.map((name) => ({ name, state: 'uploaded' })));
  expect(begunBefore).toEqual([]);
});

it('what a target offers is known before a file is prepared for it, unless it declares that before', async () => {
  let eventsBefore: number | undefined;
  using run = await testRun({
    target: folder(),
    folder: root,
    checkTarget: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      eventsBefore = run.events.length;
    },
  });
  await run.upload(items());
  expect(eventsBefore).toBe(0);
});

it('a target that is given up by its check gets nothing of the files that were read meanwhile', async () => {
  const reason = new ChatferryError('STORE_REFUSED', 'There is no such share.');
  const readings = deferred();
  using run = await testRun({
    target: folder({ isDeclaredBefore: true }),
    folder: root,
    checkTarget: async (uploader) => {
      await readings.promise;
      uploader.giveUp(reason);
    },
    onEvent: ({ message }) => {
      if (message === 'Reading the file') readings.resolve();
    },
  });
  const files = await run.upload(items());
  const failed = { state: 'failed', code: 'STORE_REFUSED', reason: reason.message, isGivenUp: true };
  expect(files).toMatchObject(NAMES.map((name) => ({ name, ...failed })));
  expect(begun).toEqual([]);
});

it.each([0, NAMES.length])('an error that ends the run comes before any result of %i files', async (count) => {
  const error = new ChatferryError('FILE_SYSTEM', 'Could not make the folder.');
  using run = await testRun({
    target: folder({ isDeclaredBefore: true }),
    folder: root,
    checkTarget: () => Promise.reject(error),
  });
  await expect(run.upload(items().slice(0, count))).rejects.toBe(error);
  expect(begun).toEqual([]);
});
