import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { memoryFile } from '../../../src/simulator/world/world-file.js';
import { expectWhole, readArchive, treeOf } from '../../e2e/archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../../e2e/ferry-world.js';
import { onParts } from '../../e2e/part-fault.js';
import { type RunEnd, SimulatedExport } from '../../e2e/simulated-export.js';

const CHAT = `@${FERRY_USERNAME}`;

describe('files that are gone or cut when a chat is exported again', () => {
  const ferry = new FerryWorld({ textCount: 8 });
  let trip: SimulatedExport;
  let undamaged: Readonly<Record<string, string>>;
  beforeAll(async () => {
    trip = await SimulatedExport.start(ferry.world, CHAT);
    await trip.run({ into: 'undamaged' });
    undamaged = await treeOf(trip.path('undamaged'));
  });
  afterAll(() => trip[Symbol.asyncDispose]());

  const exported = async (into: string): Promise<string> => {
    await trip.run({ into });
    return (await readArchive(trip.path(into))).folder;
  };

  it('are fetched again, one request for each part, and the archive is as it was', async () => {
    const folder = await exported('gone');
    await rm(join(folder, await pathOf(folder, ferry.loneId)));
    await truncate(join(folder, await pathOf(folder, ferry.largeId)), 100);

    const end = await trip.run({ into: 'gone' });
    expect(end).toMatchObject({ exitCode: 0, partRequests: 4 });
    expect(notesOf(end)).toEqual([
      'Ferry crew: files of the archive were deleted or truncated since the last run: 2 to be fetched again.',
    ]);
    await expectWhole(trip.path('gone'), ferry);
    expect(await treeOf(trip.path('gone'))).toEqual(undamaged);

    expect(notesOf(await trip.run({ into: 'gone' }))).toEqual([]);
  });

  it.each(['media', 'media/documents', 'thumbs', 'result.json', ''])(
    'come back when "%s" was deleted',
    async (part) => {
      const into = `without-${part.replace('/', '-')}`;
      const folder = await exported(into);
      await rm(join(folder, part), { recursive: true });
      expect(await trip.run({ into })).toMatchObject({ exitCode: 0, error: undefined });
      expect(await treeOf(trip.path(into))).toEqual(undamaged);
    },
  );

  it('are made from what the archive has elsewhere, without asking Telegram', async () => {
    const folder = await exported('twin');
    const [one, other] = ferry.twinIds;
    await rm(join(folder, await pathOf(folder, one)));
    const card = (await readdir(join(folder, 'media/contacts')))[0] ?? '';
    await truncate(join(folder, 'media/contacts', card), 3);

    const end = await trip.run({ into: 'twin' });
    expect(end).toMatchObject({ exitCode: 0, partRequests: 0 });
    expect(notesOf(end)[0]).toContain('2 restored from copies in the archive');
    expect(await treeOf(trip.path('twin'))).toEqual(undamaged);

    await rm(join(folder, await pathOf(folder, other)));
    const alone = await trip.run({ into: 'twin', env: { DEDUPLICATE_MEDIA: 'false' } });
    expect(alone).toMatchObject({ exitCode: 0, partRequests: 1 });
    expect(await treeOf(trip.path('twin'))).toEqual(undamaged);
  });

  it('are not made from a file of the same size that was changed', async () => {
    const folder = await exported('liar');
    const [one, other] = ferry.twinIds;
    const { size } = await stat(join(folder, await pathOf(folder, other)));
    for (const id of [one, other]) await rm(join(folder, await pathOf(folder, id)));
    await writeFile(join(folder, await pathOf(folder, other)), Buffer.alloc(size, 7));

    expect(await trip.run({ into: 'liar' })).toMatchObject({ exitCode: 0, partRequests: 1 });
    const tree = await treeOf(trip.path('liar'));
    const path = `ferry-crew-channel8001/${await pathOf(folder, one)}`;
    expect(tree[path]).toBe(undamaged[path]);
  });

  it('are listed while they cannot be fetched, and nothing names them', async () => {
    const folder = await exported('refused');
    const path = await pathOf(folder, ferry.loneId);
    await rm(join(folder, path));
    const documentId = ferry.documentId(ferry.loneId);
    const fault = onParts(({ id }) => (id === documentId ? { error: 'LOCATION_INVALID' } : undefined));

    const end = await trip.run({ into: 'refused', network: { fault } });
    expect(end.exitCode).toBe(4);
    await expectWhole(trip.path('refused'), ferry, { missingIds: [ferry.loneId] });
    expect(await readFile(join(folder, 'result.json'), 'utf8')).not.toContain(path);

    expect(await trip.run({ into: 'refused' })).toMatchObject({ exitCode: 0, partRequests: 1 });
    expect(await treeOf(trip.path('refused'))).toEqual(undamaged);
  });

  it('are put down as missing by a run that comes no further, and fetched by the next', async () => {
    const folder = await exported('stopped');
    await rm(join(folder, 'media'), { recursive: true });
    const fault = onParts(() => ({ error: 'AUTH_KEY_UNREGISTERED' }));
    expect(await trip.run({ into: 'stopped', network: { fault } })).toMatchObject({ exitCode: 3 });
    expect(await trip.run({ into: 'stopped' })).toMatchObject({ exitCode: 0 });
    expect(await treeOf(trip.path('stopped'))).toEqual(undamaged);
  });
});

it('says of a lost file whose message was deleted that it cannot come back', async () => {
  const ferry = new FerryWorld({ textCount: 2, hasForeign: false });
  await using trip = await SimulatedExport.start(ferry.world, CHAT);
  await trip.run();
  const { folder } = await readArchive(trip.path());
  const path = await pathOf(folder, ferry.loneId);
  await rm(join(folder, path));
  ferry.delete(ferry.loneId);
  const end = await trip.run();
  expect(end.summary?.chats[0]?.missing).toMatchObject([
    {
      messageId: ferry.loneId,
      code: 'MEDIA_UNAVAILABLE',
      reason: `${path} is not on the disk any more. It cannot be fetched again: message ${ferry.loneId} was deleted.`,
    },
  ]);
});

it('makes derivatives again that are gone or cut, and takes up media that became other files meanwhile', async () => {
  const ferry = new FerryWorld({ textCount: 0, hasForeign: false });
  const colours = ['#d33', '#3d3', '#33d'];
  for (const background of colours) {
    const picture = sharp({ create: { width: 400, height: 300, channels: 3, background } });
    ferry.postDocument(memoryFile(await picture.png().toBuffer()), { name: `${background}.png` });
  }
  await using trip = await SimulatedExport.start(ferry.world, CHAT);
  const env = { MEDIA_DERIVATIVES: 'true' };
  await trip.run({ env });
  const undamaged = await treeOf(trip.path());
  const { folder } = await readArchive(trip.path());
  const [first = '', second = ''] = (await readdir(join(folder, 'thumbs'))).filter((name) => name.endsWith('.webp'));
  await rm(join(folder, 'thumbs', first));
  await truncate(join(folder, 'thumbs', second), 10);

  const end = await trip.run({ env });
  expect(end).toMatchObject({ exitCode: 0, partRequests: 0 });
  expect(notesOf(end)[0]).toContain('2 thumbnails or other derivatives to be made again');
  expect(await treeOf(trip.path())).toEqual(undamaged);

  await rm(folder, { recursive: true });
  expect(await trip.run({ env })).toMatchObject({ exitCode: 0 });
  expect(await treeOf(trip.path())).toEqual(undamaged);
  using archive = await Archive.open(trip.path(), { readOnly: true });
  const chatId = archive.chats()[0]?.chat.id ?? 'channel0';
  expect(archive.descriptions.problems(chatId)).toEqual([]);
});

/** Of the main medium of a message, relative to the chat's folder. */
async function pathOf(folder: string, messageId: number): Promise<string> {
  const document = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')) as {
    readonly messages: readonly { readonly id: number; readonly file?: string; readonly photo?: string }[];
  };
  const message = document.messages.find(({ id }) => id === messageId);
  return message?.file ?? message?.photo ?? '';
}

function notesOf({ events }: RunEnd): readonly string[] {
  return events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
}
