import { describe, expect, it } from 'vitest';

import type { Media } from '../../../../src/chat/media.js';
import {
  locationOf,
  type TelegramLocation,
  withLocation,
} from '../../../../src/source/telegram/convert/telegram-location.js';

const MEDIA: Media = { kind: 'photo', role: 'main', remoteId: 'photo:7' };
const LOCATION: TelegramLocation = {
  kind: 'photo',
  id: '7',
  accessHash: '-1',
  fileReference: Buffer.from('reference'),
  thumbSize: 'y',
  dcId: 2,
};

describe('the location of a file', () => {
  it('can be read by the source, also from a modified copy', () => {
    const copy: Media = { ...withLocation(MEDIA, LOCATION), hasSpoiler: true };
    expect(locationOf(copy)).toBe(LOCATION);
  });

  it('is replaced in a copy, and not in the original', () => {
    const media = withLocation(MEDIA, LOCATION);
    expect(locationOf(withLocation(media, { ...LOCATION, dcId: 4 }))?.dcId).toBe(4);
    expect(locationOf(media)?.dcId).toBe(2);
    expect(locationOf(MEDIA)).toBeUndefined();
  });

  it('is invisible to other code, JSON and structured clones', () => {
    const media = withLocation(MEDIA, LOCATION);
    expect(Object.keys(media)).toEqual(Object.keys(MEDIA));
    expect(JSON.stringify(media)).toBe(JSON.stringify(MEDIA));
    expect(locationOf(structuredClone(media))).toBeUndefined();
  });
});
