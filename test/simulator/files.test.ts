import { describe, expect, onTestFinished, test } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/server/server.js';
import type { TlObject } from '../../src/simulator/tl/tl-object.js';
import { RawClient } from './raw-client.js';
import { createTinyWorld, type TinyWorld } from './tiny-world.js';

const KB = 1024;

interface Started {
  readonly tiny: TinyWorld;
  readonly simulator: Simulator;
  readonly client: RawClient;
  /** Where the photo's largest size is, with a fresh reference. */
  readonly photo: TlObject;
}

async function started(): Promise<Started> {
  const tiny = createTinyWorld();
  const simulator = await startSimulator({ world: tiny.world });
  onTestFinished(() => simulator.close());
  const client = await RawClient.open(simulator, simulator.sessionFor(tiny.account.userId));
  onTestFinished(() => {
    client[Symbol.dispose]();
  });
  await client.greet();
  const { media } = (await fetched(client, tiny, tiny.photo.messageId)) as unknown as { media: { photo: TlObject } };
  const { id, access_hash, file_reference } = media.photo;
  const photo = { _: 'inputPhotoFileLocation', id, access_hash, file_reference, thumb_size: 'y' };
  return { tiny, simulator, client, photo };
}

async function fetched(client: RawClient, { world, group }: TinyWorld, messageId: number): Promise<TlObject> {
  const channel = { _: 'inputChannel', channel_id: 2001n, access_hash: world.chats.get(group)?.['access_hash'] };
  const request = { _: 'channels.getMessages', channel, id: [{ _: 'inputMessageID', id: messageId }] };
  const { messages } = (await client.answerTo(client.say(request))) as unknown as { messages: [TlObject] };
  return messages[0];
}

function getFile(client: RawClient, location: TlObject, range: Record<string, number | boolean>): Promise<TlObject> {
  const { offset = 0, ...rest } = range;
  return client.answerTo(client.say({ _: 'upload.getFile', location, offset: BigInt(offset), limit: 4 * KB, ...rest }));
}

describe('upload.getFile', () => {
  test('returns the bytes of the range, fewer at the end, none beyond it', async () => {
    const { tiny, client, photo } = await started();
    const size = tiny.photo.file.sizeBytes;
    const part = await getFile(client, photo, { offset: 64 * KB, limit: 32 * KB });
    expect(part).toMatchObject({ _: 'upload.file', bytes: Buffer.from(tiny.photo.file.read(64 * KB, 32 * KB)) });
    expect((part['bytes'] as Buffer).length).toBe(size - 64 * KB);
    expect(await getFile(client, photo, { offset: 128 * KB })).toMatchObject({ bytes: Buffer.alloc(0) });
  });

  test.each([
    ['an offset that is not divisible by 4 KB', { offset: KB }, 'OFFSET_INVALID'],
    ['a limit that is not divisible by 4 KB', { limit: KB }, 'LIMIT_INVALID'],
    ['no limit', { limit: 0 }, 'LIMIT_INVALID'],
    ['a limit that does not divide 1 MB', { limit: 12 * KB }, 'LIMIT_INVALID'],
    ['a limit above 1 MB', { limit: 2048 * KB }, 'LIMIT_INVALID'],
    ['a range across a 1 MB boundary', { offset: 1020 * KB, limit: 8 * KB }, 'LIMIT_INVALID'],
    ['a precise offset that is not divisible by 1 KB', { offset: 512, precise: true }, 'OFFSET_INVALID'],
  ])('refuses %s', async (_, range, error) => {
    const { client, photo } = await started();
    expect(await getFile(client, photo, range)).toMatchObject({ error_message: error, error_code: 400 });
  });

  test('accepts steps of 1 KB with `precise`', async () => {
    const { tiny, client, photo } = await started();
    const answer = await getFile(client, photo, { offset: 3 * KB, limit: 5 * KB, precise: true });
    expect(answer['bytes']).toEqual(Buffer.from(tiny.photo.file.read(3 * KB, 5 * KB)));
  });

  test.each<[string, Partial<TlObject>, string]>([
    ['a wrong access hash', { access_hash: 5n }, 'FILE_ID_INVALID'],
    ['an empty file reference', { file_reference: Buffer.alloc(0) }, 'FILE_REFERENCE_EMPTY'],
    ['a made-up file reference', { file_reference: Buffer.alloc(25, 1) }, 'FILE_REFERENCE_INVALID'],
    ['a size that there is not', { thumb_size: 'w' }, 'LOCATION_INVALID'],
  ])('refuses %s', async (_, change, error) => {
    const { client, photo } = await started();
    expect(await getFile(client, { ...photo, ...change, _: photo._ }, {})).toMatchObject({ error_message: error });
  });

  test('refuses an expired reference until the message is fetched again', async () => {
    const { tiny, simulator, client, photo } = await started();
    simulator.expireFileReferences();
    expect(await getFile(client, photo, {})).toMatchObject({
      error_message: 'FILE_REFERENCE_EXPIRED',
      error_code: 400,
    });
    const { media } = (await fetched(client, tiny, tiny.photo.messageId)) as unknown as { media: { photo: TlObject } };
    const renewed = { ...photo, file_reference: media.photo['file_reference'] };
    expect(await getFile(client, renewed, {})).toMatchObject({ _: 'upload.file' });
  });

  test('redirects to the data centre that has the file', async () => {
    const { tiny, client } = await started();
    const { media } = (await fetched(client, tiny, tiny.document.messageId)) as unknown as {
      media: { document: TlObject };
    };
    const { id, access_hash, file_reference } = media.document;
    const location = { _: 'inputDocumentFileLocation', id, access_hash, file_reference, thumb_size: '' };
    expect(await getFile(client, location, {})).toMatchObject({ error_message: 'FILE_MIGRATE_4', error_code: 303 });
  });
});
