import { mkdirSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { chooseUploads } from '../../../src/app/upload/items/choose-uploads.js';
import { type PlannedFile, planUpload } from '../../../src/app/upload/plan-upload.js';
import type { OpenedItems } from '../../../src/app/upload/upload-job.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import { uploadFiles } from '../../../src/index.js';
import type { UploadItem } from '../../../src/upload/uploaded-file.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { each } from '../../upload/upload-run.js';

interface Planning {
  readonly cwd: string;
  readonly to: readonly string[];
  readonly written?: readonly string[];
  /** Instead of what is written. */
  readonly items?: readonly UploadItem[];
  readonly env?: Readonly<Record<string, string>>;
}

async function plan({ cwd, to, written = ['./photos'], items, env = {} }: Planning): Promise<readonly PlannedFile[]> {
  const given = { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), ...env };
  const { settings } = loadSettings({ cwd, env: given, homeDirectory: cwd });
  const { exportDir } = settings;
  const { signal } = new AbortController();
  const openItems = (opening: object): Promise<OpenedItems> =>
    items === undefined
      ? chooseUploads({ ...opening, written, cwd, exportDir, account: undefined, onNote: () => undefined })
      : Promise.resolve({ sources: [], items: () => each(items), [Symbol.asyncDispose]: () => Promise.resolve() });
  const planned: PlannedFile[] = [];
  for await (const file of planUpload({ to, openItems, settings, cwd, signal })) planned.push(file);
  return planned;
}

/** A folder with two photos that were made a minute ago. */
function withPhotos(): string {
  const cwd = temporaryDirectory();
  mkdirSync(join(cwd, 'photos'));
  const old = new Date(Date.now() - 60_000);
  for (const name of ['a.jpg', 'b.jpg']) {
    writeFileSync(join(cwd, 'photos', name), name.repeat(40_000));
    utimesSync(join(cwd, 'photos', name), old, old);
  }
  return cwd;
}

it('lists each file for each target that is named, once, with its parts, and leaves no trace', async () => {
  const cwd = withPhotos();
  const env = { UPLOAD_CHUNK_SIZE: '64KB' };
  const planned = await plan({ cwd, to: ['dir:one', 'dir:two', 'dir:one'], env });
  expect(planned).toEqual(
    ['one', 'two'].flatMap((target) =>
      ['a.jpg', 'b.jpg'].map((name) => ({
        path: join(cwd, 'photos', name),
        name: `photos/${name}`,
        target: `dir:${join(cwd, target)}`,
        sizeBytes: 200_000,
        state: 'to-send',
        partCount: 4,
        partBytes: 65_536,
      })),
    ),
  );
  expect(readdirSync(cwd)).toEqual(['photos']);
  expect(await plan({ cwd, to: ['dir:one'] })).toMatchObject([{ partCount: 1 }, { partCount: 1 }]);
});

it('knows by size, time and inode what was sent before, and does not ask for it', async () => {
  const cwd = withPhotos();
  const settings = { uploadSessionDir: join(cwd, 'sessions') };
  await uploadFiles([{ path: 'photos/a.jpg', name: 'photos/a.jpg' }], { to: 'dir:there', cwd, settings }).finished();
  rmSync(join(cwd, 'there'), { recursive: true });
  const states = async (to: string): Promise<unknown> => (await plan({ cwd, to: [to] })).map(({ state }) => state);
  expect(await states('dir:there')).toEqual(['sent-before', 'to-send']);
  expect(await states('dir:elsewhere')).toEqual(['to-send', 'to-send']);
  const file = join(cwd, 'photos', 'a.jpg');
  writeFileSync(file, 'other'); // Of another size.
  expect(await states('dir:there')).toEqual(['to-send', 'to-send']);
  expect(readdirSync(cwd).sort()).toEqual(['photos', 'sessions']);
});

it('refuses what cannot be sent, each with why, and lists what is behind it', async () => {
  const cwd = withPhotos();
  const large = join(cwd, 'large.txt');
  writeFileSync(large, '');
  truncateSync(large, 100 * 1024 * 1024 + 1);
  const item = (path: string): UploadItem => ({ path, name: path.split(/[\\/]/).at(-1) ?? '' });
  const problem = new ChatferryError('USAGE', 'It is odd.');
  const items = [
    { ...item(join(cwd, 'photos', 'a.jpg')), problem },
    item(join(cwd, 'gone.txt')),
    item(large),
    item(join(cwd, 'photos', 'b.jpg')),
  ];
  const planned = await plan({ cwd, to: ['kimi:'], items, env: { KIMI_API_KEY: 'key' } });
  expect(planned).toMatchObject([
    { name: 'a.jpg', state: 'refused', sizeBytes: 200_000, reason: 'It is odd.' },
    { name: 'gone.txt', state: 'refused', sizeBytes: 0, reason: `${join(cwd, 'gone.txt')} cannot be read.` },
    {
      name: 'large.txt',
      state: 'refused',
      sizeBytes: 104_857_601,
      reason: expect.stringMatching(
        /has 104857601 bytes, and kimi:\S* takes files of up to 104857600 bytes/,
      ) as unknown,
    },
    { name: 'b.jpg', state: 'to-send', partCount: 1 },
  ]);
});

it('takes the size of the bytes that are sent, where these are a copy', async () => {
  const cwd = withPhotos();
  const copy = join(cwd, 'copy');
  writeFileSync(copy, 'twelve bytes');
  const items = [{ path: join(cwd, 'photos', 'a.jpg'), bytesPath: copy, name: 'a.jpg' }];
  expect(await plan({ cwd, to: ['dir:there'], items })).toMatchObject([{ sizeBytes: 12, state: 'to-send' }]);
});

it('refuses a target that lies in what is sent, and one that is none', async () => {
  const cwd = withPhotos();
  await expect(plan({ cwd, to: ['dir:photos/in'] })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(plan({ cwd, to: ['nowhere:'] })).rejects.toThrow('"nowhere:" is not a target.');
});
