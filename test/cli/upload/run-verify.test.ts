import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { runVerify } from '../../../src/cli/upload/run-verify.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { CommandHere } from './command-here.js';

it('a manifest that names no files is not said to be all there', async () => {
  const cwd = temporaryDirectory();
  const path = join(cwd, 'manifest.json');
  writeFileSync(path, JSON.stringify({ type: 'chatferry-upload-manifest', version: 1, files: [] }));
  const command = new CommandHere({ cwd, env: { UPLOAD_SESSION_DIR: join(cwd, 'sessions') } });
  expect(await runVerify(command.run, { path, to: [], reads: false, cwd })).toBe(0);
  expect(command.stdout.lines).toEqual(['The manifest names no files: there was nothing to compare.']);
});
