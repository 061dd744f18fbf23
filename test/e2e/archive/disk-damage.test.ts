import { cp, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { verifyArchive } from '../../../src/app/verify-archive.js';
import { type Finding, isDamage } from '../../../src/archive/verify/finding.js';
import { treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { neverAborted, SimulatedExport } from '../simulated-export.js';

const FOLDER = 'ferry-crew-channel8001';
const RESULT = `${FOLDER}/result.json`;
const FOLDERS = ['', '/media', '/media/documents', '/media/photos', '/thumbs'];

/** Something that happens to an archive between two runs. Numbers choose among what is there. */
type Damage =
  | { readonly what: 'delete' | 'cut' | 'grow' | 'flip' | 'rename'; readonly file: number; readonly at: number }
  | { readonly what: 'swap'; readonly file: number; readonly other: number }
  | { readonly what: 'delete-folder'; readonly folder: string }
  | { readonly what: 'rename-folder'; readonly name: string };

const number = fc.nat({ max: 1_000_000 });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constantFrom('delete', 'cut', 'grow', 'flip', 'rename'),
      file: number,
      at: number,
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('swap'), file: number, other: number }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('delete-folder'), folder: fc.constantFrom(...FOLDERS) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('rename-folder'), name: fc.constantFrom('mine', 'Ferry 2023') }),
  },
);

const ferry = new FerryWorld({ textCount: 6, photoEvery: 2, hasForeign: false });
let trip: SimulatedExport;
let undamaged: Readonly<Record<string, string>>;
let media: readonly string[];
let runNumber = 0;
beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  await trip.run({ into: 'undamaged' });
  undamaged = await treeOf(trip.path('undamaged'));
  media = Object.keys(undamaged).filter((path) => path !== RESULT);
});
afterAll(() => trip[Symbol.asyncDispose]());

/** @returns files that were given names that the archive does not know. */
async function inflict(directory: string, damages: readonly Damage[]): Promise<readonly string[]> {
  const strays: string[] = [];
  let folder = FOLDER;
  for (const [index, happened] of damages.entries()) {
    const pathOf = (file: number): string =>
      join(directory, (media[file % media.length] ?? '').replace(FOLDER, folder));
    // What an earlier damage took away cannot be damaged again.
    try {
      switch (happened.what) {
        case 'delete':
          await rm(pathOf(happened.file));
          break;
        case 'cut':
        case 'grow': {
          const { size } = await stat(pathOf(happened.file));
          await truncate(
            pathOf(happened.file),
            happened.what === 'cut' ? happened.at % (size + 1) : size + 1 + happened.at,
          );
          break;
        }
        case 'flip': {
          const bytes = await readFile(pathOf(happened.file));
          if (bytes.length === 0) break;
          const at = happened.at % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ 0x10;
          await writeFile(pathOf(happened.file), bytes);
          break;
        }
        case 'rename': {
          const name = `renamed-${index}`;
          await rename(pathOf(happened.file), join(directory, folder, 'media', name));
          strays.push(`${FOLDER}/media/${name}`);
          break;
        }
        case 'swap': {
          const [one, other] = [await readFile(pathOf(happened.file)), await readFile(pathOf(happened.other))];
          await writeFile(pathOf(happened.file), other);
          await writeFile(pathOf(happened.other), one);
          break;
        }
        case 'delete-folder':
          await rm(join(directory, `${folder}${happened.folder}`), { recursive: true });
          break;
        case 'rename-folder':
          await rename(join(directory, folder), join(directory, happened.name));
          folder = happened.name;
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return strays;
}

async function verify(directory: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const nothing = (): void => undefined;
  const watchers = { onNote: nothing, onTotal: nothing, onChecked: nothing };
  const request = {
    settings: { exportDir: directory },
    chats: [],
    isQuick: false,
    signal: neverAborted(),
    ...watchers,
  };
  for await (const finding of verifyArchive(request)) findings.push(finding);
  return findings;
}

/** Media that are not what they were, by comparing with the archive that nothing happened to. */
async function damagedMedia(directory: string): Promise<readonly string[]> {
  const tree = await treeOf(directory);
  return media.filter((path) => tree[path] !== undamaged[path]);
}

describe('an archive that anything happened to between two runs', () => {
  it('is as it was after an export, what verify finds, and one more', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(damage, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (damages, verifiesFirst) => {
          runNumber += 1;
          const into = `run-${runNumber}`;
          const directory = trip.path(into);
          await cp(trip.path('undamaged'), directory, { recursive: true });
          const strays = await inflict(directory, damages);
          if (verifiesFirst) await verify(directory);

          expect(await trip.run({ into })).toMatchObject({ exitCode: 0, error: undefined });
          const left = await damagedMedia(directory);
          if (verifiesFirst) expect(left).toEqual([]);
          // What it names is there, and what an export cannot see has its size.
          expect((await treeOf(directory))[RESULT]).toBe(undamaged[RESULT]);
          for (const path of left) {
            const [is, was] = await Promise.all(
              [directory, trip.path('undamaged')].map((root) => stat(join(root, path))),
            );
            expect(is?.size, path).toBe(was?.size);
          }

          const found = (await verify(directory)).filter(isDamage);
          expect(found.map(({ kind, path }) => `${kind} ${path ?? ''}`)).toEqual(
            expect.arrayContaining(left.map((path) => `content ${path}`)),
          );
          expect(found).toHaveLength(left.length);
          expect(await trip.run({ into })).toMatchObject({ exitCode: 0, error: undefined });

          const tree = await treeOf(directory);
          const kept = Object.fromEntries(Object.entries(tree).filter(([path]) => !strays.includes(path)));
          expect(kept).toEqual(undamaged);
          expect((await verify(directory)).filter(isDamage)).toEqual([]);
          await rm(directory, { recursive: true });
        },
      ),
      { numRuns: 12 },
    );
  });
});
