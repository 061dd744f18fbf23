import { expect, it } from 'vitest';

import { targetList } from '../../../src/app/upload/export/target-list.js';

it('parts targets at commas before a scheme, and leaves commas in paths alone', () => {
  expect(targetList('s3://bucket/chats, dir:/mnt/a,b,tus+https://tus.example.org/files')).toEqual([
    's3://bucket/chats',
    'dir:/mnt/a,b',
    'tus+https://tus.example.org/files',
  ]);
  expect(targetList(' dir:/mnt/share , ')).toEqual(['dir:/mnt/share']);
  expect(targetList(',')).toEqual([]);
});
