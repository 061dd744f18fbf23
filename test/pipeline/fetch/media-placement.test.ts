import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { MediaFiles } from '../../../src/archive/files/media-files.js';
import type { Message } from '../../../src/chat/message.js';
import { MediaFetcher } from '../../../src/pipeline/fetch/media-fetcher.js';
import type { MessageSource } from '../../../src/source/message-source.js';
import { CHAT, PHOTO, textMessage } from '../../archive/sample-message.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';

const BYTES = Buffer.from('four');

/** A source that has one file, whoever asks. */
const source: Pick<MessageSource, 'download'> = {
  async download(_message, _media, { path }) {
    await writeFile(path, BYTES);
    return { sizeBytes: BYTES.length, sha256: createHash('sha256').update(BYTES).digest('hex') };
  },
};

const context = {
  signal: new AbortController().signal,
  media: (): void => undefined,
  duplicate: (): void => undefined,
};

// A run that is killed before the second name is made must find the first by that note.
it('where a file is that has no row yet stays noted when a second message with it gets a name for it', async () => {
  const directory = temporaryDirectory();
  using archive = await Archive.open(directory);
  const { folder } = archive.placeChat(CHAT);
  const files = new MediaFiles({ directory, folder });
  await files.prepare();
  const fetcher = new MediaFetcher({
    source: source as MessageSource,
    archive,
    files,
    folder,
    chatFolder: join(directory, folder),
    selection: {},
    deduplicates: true,
    hashTimeoutMs: 1000,
    onBytes: () => undefined,
  });
  const withPhoto = (id: number): Message => ({
    ...textMessage(id),
    media: [{ ...PHOTO, remoteId: 'photo:7', sizeBytes: BYTES.length }],
  });

  const first = await fetcher.fetch(withPhoto(1), context);
  const second = await fetcher.fetch(withPhoto(2), context);
  const [one, other] = [first, second].map(({ media: [record] }) =>
    record?.state === 'stored' ? record.file.path : undefined,
  );
  expect(other).not.toBe(one);
  expect(archive.parts.placements('photo:7').map(({ path }) => path)).toEqual([one]);
});
