import { describe, expect, it } from 'vitest';

import { createSyntheticWorld } from '../../../src/simulator/world/synthetic-world.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';
import { sha256OfFile } from '../../../src/simulator/world/world-file.js';
import type { WorldHistory } from '../../../src/simulator/world/world.js';

type Synthetic = ReturnType<typeof createSyntheticWorld>;

function historyOf(world: Synthetic): WorldHistory {
  const history = world.history(world.account.userId, world.peer);
  if (history === undefined) throw new Error('the synthetic chat has no history');
  return history;
}

function documentOrPhoto(message: TlObject): TlObject | undefined {
  const media = message['media'] as TlObject | undefined;
  return (media?.['photo'] ?? media?.['document']) as TlObject | undefined;
}

describe('a synthetic world', () => {
  it('is the same for the same seed and differs for another', () => {
    const [one, same, other] = [1, 1, 2].map((seed) => createSyntheticWorld({ messageCount: 200, seed }));
    if (!one || !same || !other) throw new Error('unreachable');
    const all = (world: Synthetic): TlObject[] => Array.from({ length: 200 }, (_, index) => historyOf(world).at(index));
    expect(all(same)).toEqual(all(one));
    expect(all(other)).not.toEqual(all(one));
    const hashes = (world: Synthetic): string[] => [...world.files()].slice(0, 5).map((file) => file.sha256());
    expect(hashes(same)).toEqual(hashes(one));
    expect(hashes(other)).not.toEqual(hashes(one));
  });

  it('has ascending ids, and finds messages by them', () => {
    const history = historyOf(createSyntheticWorld({ messageCount: 50, mix: 'text' }));
    for (let index = 0; index < history.length; index += 1) {
      expect(history.at(index)['id']).toBe(index + 1);
      expect(history.indexOf(index + 1)).toBe(index);
    }
    expect(history.indexOf(-5)).toBe(0);
    expect(history.indexOf(51)).toBe(50);
    expect(() => history.at(50)).toThrow('50');
  });

  it('serves each file with the announced size and hash, on the announced DC', () => {
    const world = createSyntheticWorld({ messageCount: 300, sizeRatio: 0.01, foreignRatio: 0.5 });
    const files = [...world.files()];
    const dcIds = new Set<unknown>();
    for (const { messageId, kind, documentOrPhotoId, sizeBytes, sha256 } of files) {
      const object = documentOrPhoto(historyOf(world).at(messageId - 1));
      expect(object?.['id']).toBe(documentOrPhotoId);
      expect(world.object?.(kind === 'photo' ? 'photo' : 'document', documentOrPhotoId)).toEqual(object);
      const file =
        kind === 'photo' ? world.file('photo', documentOrPhotoId, 'y') : world.file('document', documentOrPhotoId);
      if (file === undefined) throw new Error(`message ${messageId} has no file`);
      expect(file.sizeBytes).toBe(sizeBytes);
      expect(sha256OfFile(file)).toBe(sha256());
      const announced = kind === 'photo' ? (object?.['sizes'] as TlObject[])[0]?.['size'] : object?.['size'];
      expect(Number(announced)).toBe(sizeBytes);
      dcIds.add(object?.['dc_id']);
    }
    expect([...dcIds].sort()).toEqual([2, 4]);
    const withMedia = Array.from({ length: 300 }, (_, index) => historyOf(world).at(index)).filter(documentOrPhoto);
    expect(files).toHaveLength(withMedia.length);
  });

  it('has the mix of a lively chat', () => {
    const files = [...createSyntheticWorld({ messageCount: 10_000 }).files()];
    const ratioOf = (kind: string): number => files.filter((file) => file.kind === kind).length / files.length;
    expect(files.length / 10_000).toBeCloseTo(0.6, 1);
    expect(ratioOf('photo')).toBeCloseTo(0.85, 1);
    expect(ratioOf('document')).toBeCloseTo(0.12, 1);
    expect(ratioOf('video')).toBeGreaterThan(0.02);
    expect(ratioOf('video')).toBeLessThan(0.04);
    const bounds = { photo: [50e3, 400e3], document: [500e3, 3e6], video: [5e6, 20e6] } as const;
    for (const { kind, sizeBytes } of files) {
      expect(sizeBytes).toBeGreaterThanOrEqual(bounds[kind][0]);
      expect(sizeBytes).toBeLessThanOrEqual(bounds[kind][1]);
    }
  });

  it('has no media if it is text only', () => {
    const world = createSyntheticWorld({ messageCount: 1_000_000, mix: 'text' });
    expect(world.files().next().done).toBe(true);
    expect(historyOf(world).at(999_999)['media']).toBeUndefined();
  });

  it('contains every sender', () => {
    const world = createSyntheticWorld({ messageCount: 500 });
    for (let index = 0; index < 500; index += 1) {
      const from = historyOf(world).at(index)['from_id'] as TlObject;
      expect(world.users.has(from['user_id'] as bigint)).toBe(true);
    }
  });

  it('refuses numbers out of range by name', () => {
    expect(() => createSyntheticWorld({ messageCount: -1 })).toThrow('messageCount must be 0 to 2147483647, got -1');
    expect(() => createSyntheticWorld({ messageCount: 1, sizeRatio: 0 })).toThrow('sizeRatio');
  });
});
