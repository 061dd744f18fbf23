import { expect, it } from 'vitest';

import { remoteName } from '../../../../src/upload/remote-name.js';
import type { TargetUnderTest } from '../far-end.js';
import { SuiteStage } from './suite-stage.js';

/** Paths as people, and others, name their files. All become names that differ. */
const HOSTILE_PATHS: readonly string[] = [
  '../../etc/passwd',
  '/absolute/path',
  'C:\\Windows\\system.ini',
  'a/./b//c/../d.txt',
  'CON',
  'nul.txt',
  'with space and + plus.txt',
  'per%20cent%2F%00.txt',
  'question?mark=1&amp;#fragment.txt',
  'quotes \' " ` and ; semicolons = here',
  '日本語のファイル.txt',
  'emoji 👩‍👩‍👧 family.png',
  'right \u202Egnp.exe',
  'line\nbreak\r and \t tab',
  'nul \0 byte',
  '.hidden',
  '-rf',
  'trailing dot.',
  'trailing space ',
  `${'long '.repeat(60)}.txt`,
  `${'長い名前'.repeat(60)}.txt`,
  `${'👩‍👩‍👧'.repeat(40)}.png`,
  'e\u0301 decomposed.txt',
  '$(touch pwned) <script>',
  '~user/.ssh/authorized_keys',
];

export function namesAndSizes(under: TargetUnderTest): void {
  const test = under.test ?? it;

  test('keeps files of hostile names apart, each with its own bytes', async () => {
    await using stage = await SuiteStage.open(under);
    const items = HOSTILE_PATHS.map((path, index) => stage.make(`f${index}`, 100 + index, remoteName(path)));
    const { files } = await stage.upload(items);
    expect(files.map(({ state, name }) => `${state} ${name}`)).toEqual(items.map(({ name }) => `uploaded ${name}`));
    for (const [index, { content }] of items.entries()) {
      expect((await stage.bytesOf(files[index]))?.equals(content), HOSTILE_PATHS[index]).toBe(true);
    }
    expect(await stage.farEnd.fileCount()).toBe(items.length);
  });

  test('brings files of any size whole: empty, one byte, whole parts, one byte less and more', async () => {
    await using stage = await SuiteStage.open(under);
    const { partBytes } = stage;
    const sizes = [0, 1, partBytes - 1, partBytes, partBytes + 1, 2 * partBytes, 3 * partBytes - 1, 3 * partBytes + 1];
    const items = sizes.map((size, index) => stage.make(`size-${index}`, size));
    const { files } = await stage.upload(items);
    expect(files.map(({ state, sizeBytes }) => `${state} ${sizeBytes}`)).toEqual(
      sizes.map((size) => `uploaded ${size}`),
    );
    for (const [index, { content }] of items.entries()) {
      expect((await stage.bytesOf(files[index]))?.equals(content), `${sizes[index]} bytes`).toBe(true);
    }
  });
}
