import { describe, expect, it } from 'vitest';

import { KeyedQueue } from '../../../src/pipeline/fetch/keyed-queue.js';
import { contentKey, type PlacedFile, PlacedFiles } from '../../../src/pipeline/fetch/placed-files.js';
import { deferred, settle } from '../../concurrency/deferred.js';

function file(number: number): PlacedFile {
  return { path: `${number}`, absolutePath: `/${number}`, sizeBytes: number, sha256: `hash ${number}` };
}

describe('the files that were placed', () => {
  it('are known by content, and by id where they have one', () => {
    const placed = new PlacedFiles();
    placed.add(file(1), 'photo:1');
    placed.add(file(2));
    expect([placed.withId('photo:1'), placed.withId('photo:2')]).toEqual([file(1), undefined]);
    expect([placed.withContent(file(1)), placed.withContent(file(2))]).toEqual([file(1), file(2)]);
    expect(placed.withContent({ ...file(1), sizeBytes: 2 })).toBeUndefined();
    expect(placed.withContent({ ...file(1), sha256: 'hash 2' })).toBeUndefined();
    expect(contentKey(file(1))).not.toBe(contentKey({ ...file(1), sizeBytes: 11 }));
  });

  it('are the latest 4096, by id and by content', () => {
    const placed = new PlacedFiles();
    for (let number = 0; number < 4096; number += 1) placed.add(file(number), `photo:${number}`);
    expect([placed.withId('photo:0'), placed.withContent(file(0))]).toEqual([file(0), file(0)]);
    placed.add(file(4096), 'photo:4096');
    expect([placed.withId('photo:0'), placed.withContent(file(0))]).toEqual([undefined, undefined]);
    for (const number of [1, 4096]) {
      expect([placed.withId(`photo:${number}`), placed.withContent(file(number))]).toEqual([
        file(number),
        file(number),
      ]);
    }
  });
});

describe('work that is done one by one', () => {
  it('waits for work with the same key, and for no other', async () => {
    const queue = new KeyedQueue();
    const started: string[] = [];
    const ends = new Map(['a1', 'a2', 'a3', 'b1'].map((name) => [name, deferred<string>()]));
    const run = (name: string): Promise<string> =>
      queue.run(name.slice(0, 1), () => {
        started.push(name);
        return ends.get(name)?.promise ?? Promise.resolve(name);
      });
    const all = ['a1', 'a2', 'b1', 'a3'].map(run);
    await settle();
    expect(started).toEqual(['a1', 'b1']);
    ends.get('a1')?.resolve('first');
    await settle();
    expect(started).toHaveLength(3);
    ends.get('a2')?.resolve('second');
    ends.get('a3')?.resolve('third');
    ends.get('b1')?.resolve('other');
    expect(await Promise.all(all)).toEqual(['first', 'second', 'other', 'third']);
    expect(started.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1']);
    await expect(run('a4')).resolves.toBe('a4');
  });

  it('is tried by the next where one has failed', async () => {
    const queue = new KeyedQueue();
    const first = queue.run('a', () => Promise.reject(new Error('lost')));
    const second = queue.run('a', () => Promise.resolve('found'));
    await expect(first).rejects.toThrow('lost');
    await expect(second).resolves.toBe('found');
  });
});
