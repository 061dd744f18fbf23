import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDemoTusServer } from '../../../src/app/upload/demo-tus-server.js';
import { runChatferry } from '../../cli/run-chatferry.js';
import { expectWhole, treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { startExport } from '../kills/killed-export.js';
import { onParts } from '../part-fault.js';
import { SimulatedExport } from '../simulated-export.js';

const ferry = new FerryWorld({ textCount: 60, photoEvery: 6, hasForeign: false });
let trip: SimulatedExport;

beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
});
afterAll(() => trip[Symbol.asyncDispose]());

/** All files below a folder, by their names there. */
function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/')).toSorted();
}

/** Ends the program when the server is asked for the nth part. */
async function runUntilPart(
  nth: number,
  signalName: NodeJS.Signals,
  into: string,
  [env, ...options]: readonly [Record<string, string>, ...(readonly string[])],
) {
  const running = await startExport(trip, into, env, options);
  trip.simulator.setNetwork({
    latencyMs: 10,
    fault: onParts(({ number }) => {
      if (number === nth) running.child.kill(signalName);
      return undefined;
    }),
  });
  const end = await running.end;
  trip.simulator.setNetwork({});
  return end;
}

describe('chatferry export with EXPORT_UPLOAD_TO', () => {
  it.each([5, 12, 19])(
    'killed at part %i and run again leaves the archive at the far end, byte for byte',
    async (nth) => {
      const far = join(trip.directory, `far-${nth}`);
      const env = { EXPORT_UPLOAD_TO: `dir:${far}` };
      expect((await runUntilPart(nth, 'SIGKILL', `killed-${nth}`, [env])).code).toBeNull();
      const { end } = await startExport(trip, `killed-${nth}`, env);
      const { code, stderr, stdout } = await end;
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(new RegExp(`^dir:${far}: \\d+ files? uploaded`, 'm'));
      expect(await treeOf(far)).toEqual(await treeOf(trip.path(`killed-${nth}`)));
      await expectWhole(far, ferry);
    },
  );

  it('killed and run again leaves every file of the archive at a tus server', async () => {
    await using server = await startDemoTusServer();
    const env = { EXPORT_UPLOAD_TO: server.target, TUS_TOKEN: server.token };
    expect((await runUntilPart(12, 'SIGKILL', 'tus', [env])).code).toBeNull();
    const { end } = await startExport(trip, 'tus', env);
    const { code, stderr } = await end;
    expect(code, stderr).toBe(0);
    const there = new Set(Object.values(await treeOf(server.folder)));
    const wanted = Object.entries(await treeOf(trip.path('tus')));
    expect(wanted.filter(([, sha256]) => !there.has(sha256))).toEqual([]);
  });

  it('leaves an archive of which one chat can be uploaded by its name', async () => {
    const far = join(trip.directory, 'far-chat');
    await (
      await startExport(trip, 'one-chat')
    ).end;
    const args = ['upload', trip.chat, '--out', trip.path('one-chat'), '--to', `dir:${far}`];
    const { code, stderr } = await runChatferry(args, { cwd: trip.directory });
    expect(code, stderr).toBe(0);
    expect(await treeOf(far)).toEqual(await treeOf(trip.path('one-chat')));
    expect(existsSync(join(far, 'archive.db'))).toBe(false);
  });

  it('stops both at Ctrl-C and says how to go on', async () => {
    const far = join(trip.directory, 'far-stopped');
    const { code, stderr } = await runUntilPart(9, 'SIGINT', 'stopped', [{ EXPORT_UPLOAD_TO: `dir:${far}` }]);
    expect(code, stderr).toBe(6);
    expect(stderr).toContain('Go on with: chatferry export');
  });

  it('exports all and ends with 7 where the target cannot be reached, which it names', async () => {
    const env = { EXPORT_UPLOAD_TO: 'tus+http://127.0.0.1:9/files', TUS_TOKEN: 'x', UPLOAD_MAX_RETRIES: '0' };
    const { end } = await startExport(trip, 'unreachable', env);
    const { code, stdout } = await end;
    expect(code).toBe(7);
    expect(stdout).toContain('not uploaded: ');
    expect(stdout).toContain('The export itself is complete');
    await expectWhole(trip.path('unreachable'), ferry);
  });

  it('refuses what is no target before Telegram is asked for anything', async () => {
    const before = trip.simulator.calls.size;
    const { end } = await startExport(trip, 'no-target', { EXPORT_UPLOAD_TO: 'ftp://example.org/chats' });
    const { code, stderr } = await end;
    expect(code).toBe(2);
    expect(stderr).toContain('"ftp://example.org/chats" is not a target.');
    expect(trip.simulator.calls.size).toBe(before);
  });

  it('refuses a bucket without a key before Telegram is asked for anything', async () => {
    const before = trip.simulator.calls.size;
    const aws = { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/none', AWS_SHARED_CREDENTIALS_FILE: '/none' };
    const { end } = await startExport(trip, 'no-key', { EXPORT_UPLOAD_TO: 's3://bucket', ...aws });
    const { code, stderr } = await end;
    expect(code, stderr).toBe(2);
    expect(stderr).toContain('Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
    expect(trip.simulator.calls.size).toBe(before);
  });

  it('exports all and ends with 7 where the folder of the target cannot be made, and sends to the others', async () => {
    const far = join(trip.directory, 'far-beside');
    const bad = join(trip.directory, 'no-folder');
    writeFileSync(bad, '');
    const env = { EXPORT_UPLOAD_TO: `dir:${bad}, dir:${far}` };
    const { code, stdout } = await (await startExport(trip, 'beside', env)).end;
    expect(code).toBe(7);
    expect(stdout).toContain(`Cannot create the folder ${bad}`);
    expect(existsSync(join(far, 'archive.db'))).toBe(true);
    await expectWhole(trip.path('beside'), ferry);
  });

  it('prints a document for each file, how each target stands, and what came of it last', async () => {
    const far = join(trip.directory, 'far-json');
    const { end } = await startExport(trip, 'json', {}, ['--json', '--upload-to', `dir:${far}, dir:${far}-2`]);
    const { code, stdout, stderr } = await end;
    expect(code, stderr).toBe(0);
    const documents = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string; readonly target?: string; readonly name?: string });
    expect(documents.at(-1)).toMatchObject({
      type: 'uploads',
      exitCode: 0,
      targets: [
        { target: `dir:${far}`, failedCount: 0, failed: [] },
        { target: `dir:${far}-2`, failedCount: 0, failed: [] },
      ],
    });
    const there = filesIn(far);
    expect(there).toContain('archive.db');
    for (const target of [`dir:${far}`, `dir:${far}-2`]) {
      const ofTarget = documents.filter((document) => document.target === target);
      const files = ofTarget.filter(({ type }) => type === 'file').map(({ name }) => name);
      expect(files.toSorted()).toEqual(there);
      const last = ofTarget.findLast(({ type }) => type === 'upload-progress');
      expect(last).toMatchObject({ doneFiles: there.length, failedFiles: 0 });
    }
  });

  it('writes down what is where, and upload verify reads it', async () => {
    const far = join(trip.directory, 'far-written');
    const manifest = join(trip.directory, 'written.json');
    const { end } = await startExport(trip, 'written', {}, ['--upload-to', `dir:${far}`, '--manifest', manifest]);
    const { code, stderr } = await end;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('written.json lists the uploaded files');
    const verified = await runChatferry(['upload', 'verify', manifest], { cwd: trip.directory });
    const count = filesIn(far).length;
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining(`All there: ${count} files`) as string });
  });

  it('writes down what came before Ctrl-C', async () => {
    const far = join(trip.directory, 'far-half');
    const env = { EXPORT_UPLOAD_TO: `dir:${far}`, MAX_PARALLEL_MEDIA: '1' };
    await runUntilPart(19, 'SIGINT', 'half', [env, '--manifest', 'half.json']);
    const { files } = JSON.parse(readFileSync(join(trip.directory, 'half.json'), 'utf8')) as {
      readonly files: readonly { readonly name: string }[];
    };
    const there = filesIn(far).filter((name) => !/(^|\/)\./.test(name));
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(there));
    expect(files.length).toBeGreaterThan(0);
  });

  it('puts no manifest into the archive, and refuses one that is asked for there', async () => {
    const env = { EXPORT_UPLOAD_TO: `dir:${join(trip.directory, 'far-inside')}` };
    const inside = join(trip.path('inside'), 'm.json');
    const { code, stderr } = await (await startExport(trip, 'inside', env, ['--manifest', inside])).end;
    expect(code).toBe(2);
    expect(stderr).toContain(`The manifest ${inside} would be in the archive. Name another place for it`);
    const without = await (await startExport(trip, 'inside', {}, ['--manifest', 'm.json'])).end;
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('--upload-to dir:/path') as string });
  });
});
