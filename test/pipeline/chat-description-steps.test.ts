import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, vi } from 'vitest';

import { ChatferryError } from '../../src/errors/chatferry-error.js';
import { CHAT, chatNamed } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { deferred, settle } from '../concurrency/deferred.js';
import { Capitals, forEver, Stage } from './description-stage.js';

const OTHER = chatNamed('channel43');

describe('the description of a chat, step by step', () => {
  it('begins when what it has to wait for has ended, however it did', async () => {
    using stage = await Stage.open();
    stage.post(1, ['sea']);
    for (const end of ['resolve', 'reject'] as const) {
      const before = deferred();
      const describer = new Capitals();
      await using describing = stage.describe(describer, { startsAfter: before.promise });
      await settle();
      expect([describer.described, describer.recipesCount]).toEqual([[], 0]);
      if (end === 'resolve') before.resolve();
      else before.reject(new Error('The check failed.'));
      await describing.finish();
      expect(describer.described).toHaveLength(end === 'resolve' ? 1 : 0);
    }
  });

  it('ends before it has begun, when it is aborted while it waits', async () => {
    using stage = await Stage.open();
    stage.post(1, ['sea']);
    const controller = new AbortController();
    const describer = new Capitals();
    await using describing = stage.describe(describer, { signal: controller.signal, startsAfter: forEver() });
    controller.abort(new ChatferryError('INTERRUPTED', 'Interrupted.'));
    await expect(describing.finish()).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(describer.described).toEqual([]);
  });

  it('takes up what is committed while it waits for news, before it is asked to finish', async () => {
    using stage = await Stage.open();
    const describer = new Capitals();
    await using describing = stage.describe(describer);
    for (const id of [1, 2]) {
      await settle();
      stage.post(id, [`text ${id}`]);
      describing.wake();
      await vi.waitFor(() => expect(describing.count.describedCount).toBe(id));
    }
    await describing.finish();
    expect(describer.described).toEqual(['1.jpg', '2.jpg']);
  });

  it('looks at earlier messages again when it is told to', async () => {
    using stage = await Stage.open();
    stage.post(5, ['sea']);
    const describer = new Capitals();
    await using describing = stage.describe(describer);
    await vi.waitFor(() => expect(describing.count.describedCount).toBe(1));
    stage.post(2, ['sky']);
    describing.wake();
    await settle();
    expect(describer.described).toEqual(['5.jpg']); // It has passed that place.
    describing.startOver();
    await describing.finish();
    expect(describer.described).toEqual(['5.jpg', '2.jpg']);
  });

  it('takes the smallest files of a page first, and hands over what is known of each', async () => {
    using stage = await Stage.open();
    stage.post(1, ['the longest', 'short', 'in between']);
    const describer = new Capitals();
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(describer.described).toEqual(['2.jpg', '3.jpg', '1.jpg']);
    const sha256 = createHash('sha256').update('short').digest('hex');
    expect(describer.asked[0]).toEqual({
      path: join(stage.folder, 'media', 'photos', '2.jpg'),
      sha256,
      sizeBytes: 5,
      outputFolder: join(stage.folder, '.partial', 'derived'),
      name: sha256.slice(0, 32),
      hasWaveform: false,
    });
    expect(stage.archive.descriptions.paths(CHAT.id)).toContain(`thumbs/${sha256.slice(0, 32)}.thumb.webp`);
  });

  it('counts copies, and by how much they are smaller than their originals', async () => {
    const directory = temporaryDirectory();
    const describer = new Capitals();
    describer.makesCopies = true;
    const expected = { derivativeCount: 4, derivativeBytes: 3 + 5 + 2, copyCount: 2, copySavedBytes: 2 + 4 };
    {
      using other = await Stage.open(OTHER, directory);
      other.post(1, ['sea', 'ocean']);
      await using describing = other.describe(describer);
      await describing.finish();
      expect(describing.count).toEqual({ describedCount: 2, sharedCount: 0, ...expected });
    }
    using stage = await Stage.open(CHAT, directory);
    stage.post(1, ['sea', 'ocean']);
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(describing.count).toEqual({ describedCount: 0, sharedCount: 2, ...expected });
    expect(describer.described).toHaveLength(2);
  });

  it('makes what another chat has by a recipe that is not in use any more', async () => {
    const directory = temporaryDirectory();
    const describer = new Capitals();
    {
      using other = await Stage.open(OTHER, directory);
      other.post(1, ['sea']);
      await using describing = other.describe(describer);
      await describing.finish();
    }
    describer.accepted = ['v2'];
    describer.recipeNow = 'v2';
    using stage = await Stage.open(CHAT, directory);
    stage.post(1, ['sea']);
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(describing.count).toMatchObject({ describedCount: 1, sharedCount: 0 });
  });

  it('says how many are done, and of how many once no more come', async () => {
    using stage = await Stage.open();
    stage.post(1, ['sea', 'sky', 'sand']);
    const describer = new Capitals();
    await using describing = stage.describe(describer);
    await describing.finish();
    const totals = stage.events.map((event) => event.type === 'previews' && [event.doneCount, event.totalCount]);
    expect(totals.at(-1)).toEqual([3, 3]);
    using quiet = await Stage.open(OTHER);
    await using nothing = quiet.describe(describer);
    await nothing.finish();
    expect(quiet.events).toEqual([]);
  });

  it('asks for programs only where there is something to do', async () => {
    using stage = await Stage.open();
    const describer = new Capitals();
    {
      await using describing = stage.describe(describer);
      await describing.finish();
      expect(describer.recipesCount).toBe(0);
    }
    stage.post(1, ['sea']);
    {
      await using describing = stage.describe(describer);
      await describing.finish();
      expect(describer.recipesCount).toBeGreaterThan(0);
    }
    const before = describer.recipesCount;
    await using describing = stage.describe(describer);
    await describing.finish();
    expect([describer.recipesCount, existsSync(join(stage.folder, '.partial', 'derived'))]).toEqual([before, false]);
  });

  it('throws what the disk says, and starts no further file then', async () => {
    using stage = await Stage.open();
    stage.post(1, ['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff']);
    const describer = new Capitals();
    describer.work = () => Promise.reject(new ChatferryError('FILE_SYSTEM', 'The disk is full.'));
    await using describing = stage.describe(describer);
    await expect(describing.finish()).rejects.toThrow('The disk is full.');
    expect(describer.described.length).toBeLessThanOrEqual(3);
  });

  it('stops the work that runs when it is disposed of, with the reason', async () => {
    using stage = await Stage.open();
    stage.post(1, ['sea']);
    const describer = new Capitals();
    describer.work = forEver;
    {
      await using describing = stage.describe(describer);
      await vi.waitFor(() => expect(describer.described).toHaveLength(1));
      describing.wake();
    }
    expect(describer.reasons).toMatchObject([{ code: 'INTERRUPTED', message: 'The export has ended.' }]);
  });

  it('forgets descriptions of contents that the chat has no more, and removes what was made from them', async () => {
    using stage = await Stage.open();
    stage.post(1, ['sea']);
    const describer = new Capitals();
    {
      await using describing = stage.describe(describer);
      await describing.finish();
    }
    stage.post(1, ['sky']);
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(stage.thumbnails()).toEqual(['SKY']);
    rmSync(stage.folder, { recursive: true });
  });
});
