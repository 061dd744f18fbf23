import { rmSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Bystander, describeEntry, PLANTED } from '../../disk/planted.js';
import { expectWhole } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { SimulatedExport } from '../simulated-export.js';

const FOLDER = 'ferry-crew-channel8001';
/** No process has it: the highest that Linux gives is 4194304 (proc(5)). */
const NOBODY = 4_194_305;

const ferry = new FerryWorld({ textCount: 4, hasForeign: false });
let trip: SimulatedExport;
/** Names, relative to the chat's folder, that a finished archive and one that was broken off have. */
let medium: string;
let preview: string;
let part: string;
beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  await trip.run({ into: 'finished' });
  const chatFolder = join(trip.path('finished'), FOLDER);
  medium = `media/documents/${(await readdir(join(chatFolder, 'media/documents'))).find((name) => name.includes('chart')) ?? ''}`;
  preview = `thumbs/${(await readdir(join(chatFolder, 'thumbs')))[0] ?? ''}`;
  // Where the folder of documents should be stands a file, so that what is fetched gets no name.
  await trip.run({ into: 'broken off', env: { MEDIA_KINDS: 'photo' } });
  const inTheWay = join(trip.path('broken off'), FOLDER, 'media/documents');
  await writeFile(inTheWay, '');
  await trip.run({ into: 'broken off' });
  await rm(inTheWay);
  part = `.partial/${(await readdir(join(trip.path('broken off'), FOLDER, '.partial'))).find((name) => name.endsWith('.part')) ?? ''}`;
});
afterAll(() => trip[Symbol.asyncDispose]());

/** Everything that an export makes, opens, replaces or removes, relative to the folder of the chat. */
const PLACES: readonly { readonly title: string; readonly isFolder?: boolean; readonly path: () => string }[] = [
  { title: 'the folder of the chat', isFolder: true, path: () => '' },
  { title: '.partial', isFolder: true, path: () => '.partial' },
  { title: '.partial/derived', isFolder: true, path: () => '.partial/derived' },
  { title: 'media', isFolder: true, path: () => 'media' },
  { title: 'media/documents', isFolder: true, path: () => 'media/documents' },
  { title: 'thumbs', isFolder: true, path: () => 'thumbs' },
  { title: 'a medium', path: () => medium },
  { title: 'a preview', path: () => preview },
  { title: 'a file on its way', path: () => part },
  { title: 'a medium on its way to its name', path: () => '.partial/3_1' },
  { title: 'a second name on its way', path: () => '.partial/3_1.link' },
  { title: 'a name that is given back', path: () => '.partial/second.link' },
  { title: 'a derivative on its way', path: () => `.partial/derived/${'ab'.repeat(16)}.thumb.webp` },
  { title: 'report.json', path: () => 'report.json' },
  { title: 'report.json aside', path: () => '.report.json.partial' },
  { title: 'result.json', path: () => 'result.json' },
  { title: 'result.json aside', path: () => `.result.json.${NOBODY}.partial` },
];

let number = 0;
/** What a finished archive has beside. */
const OF_UNFINISHED: readonly string[] = [
  'the folder of the chat',
  '.partial',
  'a file on its way',
  'report.json aside',
];

describe.each(['new', 'broken off', 'finished'])('an export into an archive that is %s', (state) => {
  it.each(PLACES.filter(({ title }) => state === 'finished' || OF_UNFINISHED.includes(title)))(
    'follows, reads and changes nothing of others in the place of $title, and says what it is',
    async ({ isFolder = false, path }) => {
      for (const planted of PLANTED) {
        const into = `planted-${(number += 1)}`;
        if (state !== 'new') await cp(trip.path(state), trip.path(into), { recursive: true });
        const place = join(trip.path(into), FOLDER, path());
        await mkdir(dirname(place), { recursive: true });
        rmSync(place, { recursive: true, force: true });
        const bystander = new Bystander(join(trip.directory, `${into} of others`));
        planted.plant(place, bystander);
        const before = describeEntry(place);
        const end = await trip.run({ into });

        const what = `${planted.title}: exit ${end.exitCode}, ${String(end.error)}`;
        expect([what, bystander.changes()]).toEqual([what, '']);
        const isOwn = isFolder ? planted.kind === 'folder' : ['file', 'hard link'].includes(planted.kind);
        if (isOwn) expect([what, end.exitCode]).toEqual([what, state === 'new' && end.exitCode === 5 ? 5 : 0]);
        else {
          expect([what, describeEntry(place)]).toEqual([what, before]);
          if (end.exitCode !== 0) expect(String(end.error)).toContain(end.exitCode === 5 ? trip.path(into) : place);
        }
        if (end.exitCode === 0 && planted.kind !== 'folder') await expectWhole(trip.path(into), ferry);
        for (const name of [into, `${into} of others`]) rmSync(join(trip.directory, name), { recursive: true });
      }
    },
    120_000,
  );
});
