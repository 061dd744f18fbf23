import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import type { UploadTarget } from '../../../../src/upload/upload-target.js';
import { changedTarget } from '../changed-target.js';
import { CUTS, cutTarget, withBody } from '../cuts.js';
import type { TargetUnderTest } from '../far-end.js';
import { hook, hookTest } from './hook-test.js';
import { SuiteStage } from './suite-stage.js';

const HOUR_MS = 3_600_000;

export function resumes(under: TargetUnderTest): void {
  const test = under.test ?? it;
  const sequential = { most: 1, maxRetries: 0 };

  test.each(CUTS)('goes on after a line that broke %s, and sends at most what was on its way again', async (cut) => {
    await using stage = await SuiteStage.open(under);
    const item = stage.make('film.mp4', stage.severalParts);
    if (!stage.cuts && cut.includes('second part')) return;
    const first = await stage.upload([item], (target) => cutTarget(target, cut), sequential);
    expect(first.files.every(({ state }) => state === 'failed')).toBe(true);
    const sent: number[] = [];
    const { files } = await stage.upload([item], (target) => counted(target, sent), sequential);
    expect(files).toMatchObject([{ state: 'uploaded', name: 'film.mp4' }]);
    expect((await stage.bytesOf(files[0]))?.equals(item.content)).toBe(true);
    if (stage.cuts && cut.includes('second part')) expect(sent).not.toContain(0);
    expect(sessionsOf(stage)).toEqual([]);
    if (stage.farEnd.unfinishedCount !== undefined && !cut.includes('beginning is lost')) {
      expect(await stage.farEnd.unfinishedCount()).toBe(0);
    }
  });

  test('goes on after each of many cuts of one file, several parts at a time', async () => {
    await using stage = await SuiteStage.open(under);
    const item = stage.make('film.mp4', stage.severalParts);
    for (const cut of CUTS) await stage.upload([item], (target) => cutTarget(target, cut), { maxRetries: 0 });
    const { files } = await stage.upload([item]);
    expect(files).toMatchObject([{ name: 'film.mp4' }]);
    expect((await stage.bytesOf(files[0]))?.equals(item.content)).toBe(true);
  });

  test('starts over, and says so, when the session has expired', async () => {
    await using stage = await SuiteStage.open(under);
    const item = stage.make('film.mp4', stage.severalParts);
    await stage.upload([item], (target) => cutTarget(target, 'before the end'), sequential);
    const { files, notes } = await stage.upload([item], undefined, { now: () => Date.now() + 49 * HOUR_MS });
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).toMatch(/film\.mp4: the upload session has expired.* starts over/);
    expect((await stage.bytesOf(files[0]))?.equals(item.content)).toBe(true);
    if (stage.farEnd.unfinishedCount !== undefined) expect(await stage.farEnd.unfinishedCount()).toBe(0);
  });

  test('starts over, and says so, when the file has changed since', async () => {
    await using stage = await SuiteStage.open(under);
    const item = stage.make('film.mp4', stage.severalParts);
    await stage.upload([item], (target) => cutTarget(target, 'before the end'), sequential);
    appendFileSync(item.path, 'one more line');
    const { files, notes } = await stage.upload([item]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).toMatch(/film\.mp4: the file has changed since.* starts over/);
    const whole = Buffer.concat([item.content, Buffer.from('one more line')]);
    expect((await stage.bytesOf(files[0]))?.equals(whole)).toBe(true);
  });

  test('sends nothing again of a file that was complete when its run was killed', async () => {
    await using stage = await SuiteStage.open(under);
    if (!stage.cuts) return; // One request brings the whole file: nothing lies between it and the completion.
    const item = stage.make('film.mp4', stage.severalParts);
    const kill = new AbortController();
    let left: ReadonlyMap<string, Buffer> = new Map();
    let tellsAgain: boolean | undefined;
    const killed = (target: UploadTarget) => {
      // A server that takes bytes in order says the address of a file that it made of several uploads once only.
      tellsAgain = target.abilities.resumesBy !== 'offset';
      return changedTarget(target, {
        complete: async (...args) => {
          left = sessionBytes(stage);
          await target.complete(...args);
          kill.abort(new Error('killed'));
          throw new Error('killed'); // Nobody learns that it is complete.
        },
      });
    };
    await expect(stage.run((run) => run.upload([item], kill.signal), killed)).rejects.toThrow('killed');
    for (const [path, bytes] of left) writeFileSync(path, bytes); // As SIGKILL leaves them.
    const sent: number[] = [];
    const { files, notes } = await stage.upload([item], (target) => counted(target, sent));
    expect(files).toMatchObject([{ name: 'film.mp4' }]);
    expect((await stage.bytesOf(files[0]))?.equals(item.content)).toBe(true);
    expect({ sent, notes }).toEqual({ sent: [], notes: [] });
    if (tellsAgain === true) expect(await stage.farEnd.fileCount()).toBe(1);
    expect(sessionsOf(stage)).toEqual([]);
  });

  const testsForgetting = hookTest(under, 'forgetUnfinished');
  testsForgetting('starts over, and says so, when the far end has forgotten what was begun', async () => {
    await using stage = await SuiteStage.open(under);
    const item = stage.make('film.mp4', stage.severalParts);
    await stage.upload([item], (target) => cutTarget(target, 'before the end'), sequential);
    await hook(stage.farEnd.forgetUnfinished?.());
    const { files, notes } = await stage.upload([item]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).toMatch(/film\.mp4: .*starts over/);
    expect((await stage.bytesOf(files[0]))?.equals(item.content)).toBe(true);
  });

  test('starts over, and says so, when its session leads elsewhere', async () => {
    await using stage = await SuiteStage.open(under);
    const item = stage.make('film.mp4', stage.severalParts);
    await stage.upload([item], (target) => cutTarget(target, 'before the end'), sequential);
    leadElsewhere(stage);
    const { files, notes } = await stage.upload([item]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).toMatch(/film\.mp4: the upload session does not name the upload of this file\. It starts/);
    expect((await stage.bytesOf(files[0]))?.equals(item.content)).toBe(true);
    expect(sessionsOf(stage)).toEqual([]);
  });

  test('gives nothing up at the far end that an expired session leads to elsewhere', async () => {
    await using stage = await SuiteStage.open(under);
    const item = stage.make('film.mp4', stage.severalParts);
    await stage.upload([item], (target) => cutTarget(target, 'before the end'), sequential);
    leadElsewhere(stage);
    const aborted: unknown[] = [];
    const watched = (target: UploadTarget) =>
      changedTarget(target, {
        abort: (...args) => {
          aborted.push(args[0]);
          return target.abort(...args);
        },
      });
    const { files } = await stage.upload([item], watched, { now: () => Date.now() + 49 * HOUR_MS });
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(aborted).toEqual([]);
  });

  test('pauses when it is cancelled in mid-part, and goes on later', async () => {
    await using stage = await SuiteStage.open(under);
    const item = stage.make('film.mp4', stage.severalParts);
    const stop = new AbortController();
    const cancel = (target: UploadTarget) =>
      changedTarget(target, {
        sendPart: (remote, { part, file }, signal) => {
          const isCut = part.index === (stage.cuts ? 1 : 0);
          const cut = isCut ? withBody(part, () => stop.abort(new Error('cancelled'))) : part;
          return target.sendPart(remote, { part: cut, file }, signal);
        },
      });
    const cancelled = stage.run((run) => run.upload([item], stop.signal), cancel, { most: 1 });
    await expect(cancelled).rejects.toThrow('cancelled');
    expect(await stage.farEnd.fileCount()).toBe(0);
    expect(sessionsOf(stage)).toHaveLength(1);
    const { files } = await stage.upload([item]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect((await stage.bytesOf(files[0]))?.equals(item.content)).toBe(true);
  });

  test('refuses the second of two runs on one session by its name, and the first ends well', async () => {
    await using stage = await SuiteStage.open(under);
    const item = stage.make('film.mp4', stage.severalParts);
    let second: Awaited<ReturnType<typeof stage.upload>> | undefined;
    const meanwhile = (target: UploadTarget) =>
      changedTarget(target, {
        complete: async (...args) => {
          second ??= await stage.upload([item]);
          return target.complete(...args);
        },
      });
    const { files } = await stage.upload([item], meanwhile);
    const [refused] = second?.files ?? [];
    expect(refused).toMatchObject({ state: 'failed', code: 'LOCKED' });
    expect(refused?.state === 'failed' ? refused.reason : '').toMatch(/session [0-9a-f]{20} is in use by another run/);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect((await stage.bytesOf(files[0]))?.equals(item.content)).toBe(true);
  });
}

/** Notes which parts are sent. */
function counted(target: UploadTarget, sent: number[]): UploadTarget {
  return changedTarget(target, {
    sendPart: (remote, toSend, signal) => {
      sent.push(toSend.part.index);
      return target.sendPart(remote, toSend, signal);
    },
  });
}

/** Writes another's places and names into the one session that is there. */
function leadElsewhere(stage: SuiteStage): void {
  const [name = ''] = sessionsOf(stage);
  const path = join(stage.folder, 'sessions', name);
  const session = JSON.parse(readFileSync(path, 'utf8')) as { remote: object; parts: object[] };
  const remote = Object.fromEntries(Object.keys(session.remote).map((key) => [key, '../../elsewhere']));
  const parts = session.parts.map((part) => ({ ...part, tag: '../../elsewhere' }));
  writeFileSync(path, JSON.stringify({ ...session, remote, parts }));
}

function sessionsOf({ folder }: SuiteStage): readonly string[] {
  return readdirSync(join(folder, 'sessions')).filter((name) => name.endsWith('.session.json'));
}

/** What the disk has of the sessions now, by their paths. */
function sessionBytes(stage: SuiteStage): ReadonlyMap<string, Buffer> {
  const paths = sessionsOf(stage).map((name) => join(stage.folder, 'sessions', name));
  return new Map(paths.map((path) => [path, readFileSync(path)]));
}
