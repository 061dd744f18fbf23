import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Chat } from '../../src/chat/chat.js';
import { ChatferryError } from '../../src/errors/chatferry-error.js';
import { CHAT } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { settle } from '../concurrency/deferred.js';
import { Capitals, forEver, Stage } from './description-stage.js';

const OTHER: Chat = { ...CHAT, id: 'channel43', title: 'Elsewhere' };

describe('the description of a chat', () => {
  it('takes up what is there and what comes while it runs, each content once', async () => {
    using stage = await Stage.open();
    stage.post(1, ['sea', 'sky', 'sea']);
    const describer = new Capitals();
    await using describing = stage.describe(describer);
    stage.post(4, ['sky', 'sand']);
    describing.wake();
    await describing.finish();
    expect(stage.thumbnails()).toEqual(['SAND', 'SEA', 'SKY']);
    expect(describer.described).toHaveLength(3);
    expect(describing.count).toEqual({
      describedCount: 3,
      sharedCount: 0,
      derivativeCount: 3,
      derivativeBytes: 10,
      copyCount: 0,
      copySavedBytes: 0,
    });
    expect(stage.events.at(-1)).toMatchObject({ type: 'previews', doneCount: 3 });
  });

  it('does more pages than one, at most as many files at once as there are workers and one that waits', async () => {
    using stage = await Stage.open();
    const texts = Array.from({ length: 150 }, (_, index) => `text ${index}`);
    stage.post(1, texts);
    const describer = new Capitals();
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(stage.thumbnails()).toHaveLength(150);
    expect(describer.mostAtOnce).toBe(3);
  });

  it('does one at a time while memory is high', async () => {
    using stage = await Stage.open();
    stage.post(1, ['one', 'two', 'three', 'four']);
    const describer = new Capitals();
    await using describing = stage.describe(describer, { isThrottled: true });
    await describing.finish();
    expect(describer.mostAtOnce).toBe(1);
    expect(stage.thumbnails()).toHaveLength(4);
  });

  it('takes over what another chat has, and makes it where that is gone', async () => {
    const directory = temporaryDirectory();
    const describer = new Capitals();
    {
      using other = await Stage.open(OTHER, directory);
      other.post(1, ['sea', 'sky']);
      await using describing = other.describe(describer);
      await describing.finish();
      const [first = ''] = readdirSync(join(other.folder, 'thumbs')).sort();
      rmSync(join(other.folder, 'thumbs', first));
    }
    using stage = await Stage.open(CHAT, directory);
    stage.post(1, ['sea', 'sky']);
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(describing.count).toMatchObject({ describedCount: 1, sharedCount: 1, derivativeCount: 2 });
    expect(stage.thumbnails()).toEqual(['SEA', 'SKY']);
  });

  it('ends at once when it is disposed of, and leaves the rest to the next run', async () => {
    using stage = await Stage.open();
    stage.post(1, ['one', 'two', 'three']);
    const describer = new Capitals();
    describer.work = forEver;
    {
      await using describing = stage.describe(describer);
      describing.wake();
    }
    describer.work = settle;
    await using again = stage.describe(describer);
    await again.finish();
    expect(again.count.describedCount).toBe(3);
  });

  it('throws what it is aborted with', async () => {
    using stage = await Stage.open();
    stage.post(1, ['one']);
    const controller = new AbortController();
    const describer = new Capitals();
    describer.work = forEver;
    await using describing = stage.describe(describer, { signal: controller.signal });
    controller.abort(new ChatferryError('INTERRUPTED', 'Interrupted.'));
    await expect(describing.finish()).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('goes without, and says so, where no worker can be started', async () => {
    using stage = await Stage.open();
    stage.post(1, ['one', 'two']);
    const describer = new Capitals();
    describer.work = () => Promise.reject(new ChatferryError('INTERNAL', 'A worker did not start.'));
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(stage.events.filter(({ type }) => type !== 'previews')).toEqual([
      { type: 'note', text: expect.stringContaining('did not start') as string },
    ]);
    expect(describing.count.describedCount).toBe(0);
  });

  it('does what lacked a program again once the program is there, and not before', async () => {
    using stage = await Stage.open();
    stage.post(1, ['film']);
    const describer = new Capitals();
    Object.assign(describer, { accepted: ['v1', 'v1-ffmpeg'], recipeNow: 'v1-ffmpeg' });
    for (const expected of [1, 1]) {
      await using describing = stage.describe(describer);
      await describing.finish();
      expect(describer.described).toHaveLength(expected);
    }
    Object.assign(describer, { accepted: ['v1'], recipeNow: 'v1' });
    await using describing = stage.describe(describer);
    await describing.finish();
    expect(describer.described).toHaveLength(2);
  });

  it('removes strays of its own making, and nothing else', async () => {
    using stage = await Stage.open();
    stage.post(1, ['one']);
    const thumbs = join(stage.folder, 'thumbs');
    mkdirSync(thumbs);
    writeFileSync(join(thumbs, `${'0'.repeat(32)}.thumb.webp`), 'stray');
    writeFileSync(join(thumbs, '2026-05-01_1234_2_thumbnail.jpg'), "the source's");
    await using describing = stage.describe(new Capitals());
    await describing.finish();
    expect(stage.thumbnails()).toEqual(['ONE', "the source's"]);
  });
});
