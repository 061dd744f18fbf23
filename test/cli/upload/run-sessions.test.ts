import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  cleanSessions,
  deleteSessions,
  listSessions,
  resumeSessions,
  showSession,
} from '../../../src/cli/upload/run-sessions.js';
import { ExitCode } from '../../../src/errors/exit-code.js';
import { uploadFiles } from '../../../src/index.js';
import { UploadStore } from '../../../src/upload/session/upload-store.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { CommandHere } from './command-here.js';

const SIZE = 300_000;

/** A user who has begun to send files. */
class User {
  readonly cwd = temporaryDirectory();

  get sessions(): string {
    return join(this.cwd, 'sessions');
  }

  command({ json = false } = {}): CommandHere {
    const env = { UPLOAD_SESSION_DIR: this.sessions, UPLOAD_MAX_RETRIES: '0' };
    return new CommandHere({ cwd: this.cwd, env, json });
  }

  /** Sends two parts of each file, one file after the other, and leaves. */
  async begin(names: readonly string[], { to = 'dir:there', sessionId = 'mine' } = {}): Promise<void> {
    const settings = { uploadSessionDir: this.sessions, uploadChunkBytes: 65_536, uploadBandwidthLimit: 400_000 };
    for (const name of names) {
      writeFileSync(join(this.cwd, name), Buffer.alloc(SIZE, name));
      const upload = uploadFiles([name], { to, cwd: this.cwd, settings, sessionId });
      for await (const { doneParts } of upload) if (doneParts >= 2) break;
    }
  }

  /** Of the sessions that are kept. */
  get ids(): readonly string[] {
    const ending = '.session.json';
    const files = readdirSync(this.sessions).filter((name) => name.endsWith(ending));
    return files.map((name) => name.slice(0, -ending.length)).sort();
  }

  /** Has the life of a session end a second ago. */
  expire(id: string): void {
    const path = join(this.sessions, `${id}.session.json`);
    const session = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...session, expiresAtMs: Date.now() - 1000 }));
  }

  there(name = 'there'): readonly string[] {
    return readdirSync(join(this.cwd, name)).sort();
  }
}

describe('listing upload sessions', () => {
  it('says that there are none, and with --json nothing', async () => {
    const user = new User();
    const command = user.command();
    expect(await listSessions(command.run)).toBe(ExitCode.complete);
    expect(command.stdout.text).toBe('There are no unfinished uploads.\n');
    const json = user.command({ json: true });
    await listSessions(json.run);
    expect(json.stdout.text).toBe('');
  });

  it('has one line, or one document, a session, and shows one with its parts', async () => {
    const user = new User();
    await user.begin(['a.mp4', 'b.mp4']);
    const command = user.command();
    expect(await listSessions(command.run)).toBe(ExitCode.complete);
    expect(command.stdout.lines).toHaveLength(2);
    for (const id of user.ids) expect(command.stdout.text).toContain(`${id}  paused `);
    const json = user.command({ json: true });
    await listSessions(json.run);
    expect(json.documents.map(({ path }) => path).toSorted()).toEqual([
      join(user.cwd, 'a.mp4'),
      join(user.cwd, 'b.mp4'),
    ]);
    for (const one of json.documents) {
      expect(one).toMatchObject({ type: 'session', sessionName: 'mine', status: 'paused', sizeBytes: SIZE });
      expect(one).not.toHaveProperty('parts');
    }
    const shown = user.command({ json: true });
    expect(await showSession(shown.run, 'mine')).toBe(ExitCode.complete);
    expect(shown.documents).toHaveLength(2);
    for (const { parts, doneParts } of shown.documents) expect(parts).toHaveLength(Number(doneParts));
    const forPeople = user.command();
    await showSession(forPeople.run, user.ids[0] ?? '');
    expect(forPeople.stdout.text).toMatch(new RegExp(`^id {10}${user.ids[0] ?? ''}\n`));
    const both = user.command();
    await showSession(both.run, 'mine');
    expect(both.stdout.text.split('\n\n')).toHaveLength(2);
    await expect(showSession(command.run, 'yours')).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('tells a session that a run works on from one whose run was killed', async () => {
    const user = new User();
    await user.begin(['a.mp4']);
    const [id = ''] = user.ids;
    const path = join(user.sessions, `${id}.session.json`);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"status":"paused"', '"status":"active"'));
    const statusOf = async (): Promise<unknown> => {
      const command = user.command({ json: true });
      await listSessions(command.run);
      return command.documents.map(({ status }) => status);
    };
    expect(await statusOf()).toEqual(['interrupted']);
    using store = new UploadStore(user.sessions);
    store.claim(id);
    expect(await statusOf()).toEqual(['active']);
  });
});

describe('resuming upload sessions', () => {
  it('brings all files of a name, under their names there, and leaves a manifest', async () => {
    const user = new User();
    await user.begin(['a.mp4', 'b.mp4']);
    const command = user.command({ json: true });
    expect(await resumeSessions(command.run, 'mine', user.cwd)).toBe(ExitCode.complete);
    const files = command.documents.slice(0, -1);
    expect(files.map(({ name, state }) => `${String(name)} ${String(state)}`).sort()).toEqual([
      'a.mp4 uploaded',
      'b.mp4 uploaded',
    ]);
    expect(command.documents.at(-1)).toMatchObject({ type: 'summary', exitCode: 0 });
    for (const name of ['a.mp4', 'b.mp4'])
      expect(readFileSync(join(user.cwd, 'there', name))).toEqual(readFileSync(join(user.cwd, name)));
    expect(readFileSync(join(user.cwd, 'upload-manifest.json'), 'utf8')).toContain('"name": "b.mp4"');
    expect(user.ids).toEqual([]);
    expect(user.there()).toEqual(['a.mp4', 'b.mp4']);
  });

  it('brings the one file of an id, and leaves the others', async () => {
    const user = new User();
    await user.begin(['a.mp4', 'b.mp4']);
    const [first = '', second = ''] = user.ids;
    const command = user.command();
    expect(await resumeSessions(command.run, first, user.cwd)).toBe(ExitCode.complete);
    expect(user.ids).toEqual([second]);
  });

  it.each(['a.mp4', 'b.mp4'])('fails %s, which is gone, and brings the other', async (gone) => {
    const user = new User();
    await user.begin(['a.mp4', 'b.mp4']);
    rmSync(join(user.cwd, gone));
    const command = user.command({ json: true });
    expect(await resumeSessions(command.run, 'mine', user.cwd)).toBe(ExitCode.mediaMissing);
    const files = command.documents.filter(({ type }) => type === 'file');
    expect(files).toHaveLength(2);
    expect(files).toContainEqual(expect.objectContaining({ name: gone, state: 'failed', code: 'SOURCE_CHANGED' }));
    expect(files).toContainEqual(expect.objectContaining({ state: 'uploaded' }));
    expect(user.ids).toHaveLength(1);
  });

  it('refuses a name that stands for several targets, with the ids that stand for one', async () => {
    const user = new User();
    await user.begin(['a.mp4']);
    await user.begin(['b.mp4'], { to: 'dir:elsewhere' });
    const { run } = user.command();
    const refused = resumeSessions(run, 'mine', user.cwd);
    await expect(refused).rejects.toThrow(
      /^"mine" names sessions of several targets\. Resume them one by one: \S+, \S+\.$/,
    );
    for (const id of user.ids) await expect(refused).rejects.toThrow(id);
  });
});

describe('deleting upload sessions', () => {
  it('removes them with what came of them at the far end, and lists before what would go', async () => {
    const user = new User();
    await user.begin(['a.mp4', 'b.mp4']);
    expect(user.there()).toHaveLength(2);
    const dry = user.command();
    expect(await deleteSessions(dry.run, 'mine', { cwd: user.cwd, isDryRun: true })).toBe(ExitCode.complete);
    expect(dry.stdout.lines.at(-1)).toBe('Would remove 2 sessions. Nothing was removed.');
    expect(dry.stdout.lines).toHaveLength(3);
    expect([user.ids.length, user.there().length]).toEqual([2, 2]);
    const command = user.command({ json: true });
    expect(await deleteSessions(command.run, 'mine', { cwd: user.cwd, isDryRun: false })).toBe(ExitCode.complete);
    expect(command.documents).toMatchObject([{ state: 'removed' }, { state: 'removed' }]);
    expect([user.ids, user.there()]).toEqual([[], []]);
  });

  it('keeps one whose far end cannot be told, says why, and is no success', async () => {
    const user = new User();
    await user.begin(['a.mp4']);
    await user.begin(['b.mp4'], { to: 'dir:elsewhere' });
    renameSync(join(user.cwd, 'elsewhere'), join(user.cwd, 'unmounted'));
    const command = user.command();
    expect(await deleteSessions(command.run, 'mine', { cwd: user.cwd, isDryRun: false })).toBe(ExitCode.mediaMissing);
    const [id = ''] = user.ids;
    expect(command.stdout.lines).toEqual([
      expect.stringMatching(new RegExp(`^kept: ${id}: There is no folder .*elsewhere`)),
      'Removed 1 session, kept 1.',
    ]);
    expect(user.ids).toHaveLength(1);
    const json = user.command({ json: true });
    await deleteSessions(json.run, 'mine', { cwd: user.cwd, isDryRun: false });
    expect(json.documents).toMatchObject([
      { id, state: 'kept', reason: expect.stringContaining('elsewhere') as unknown },
    ]);
  });
});

describe('cleaning upload sessions', () => {
  const how = { isDryRun: false, isRemote: false };

  it('removes what has expired and nothing else', async () => {
    const user = new User();
    await user.begin(['a.mp4', 'b.mp4']);
    const [first = '', second = ''] = user.ids;
    user.expire(first);
    const dry = user.command();
    await cleanSessions(dry.run, { ...how, cwd: user.cwd, isDryRun: true });
    expect(dry.stdout.lines).toEqual([
      expect.stringMatching(/, expired$/),
      'Would remove 1 session. Nothing was removed.',
    ]);
    const command = user.command();
    expect(await cleanSessions(command.run, { ...how, cwd: user.cwd })).toBe(ExitCode.complete);
    expect(command.stdout.text).toBe('Removed 1 session.\n');
    expect(user.ids).toEqual([second]);
    expect(user.there()).toHaveLength(1);
  });

  it('ends with --remote also what no session knows, at each target that it can ask', async () => {
    const user = new User();
    await user.begin(['a.mp4']);
    for (const id of user.ids) rmSync(join(user.sessions, `${id}.session.json`));
    {
      using store = new UploadStore(user.sessions);
      const remote = { host: 'localhost', key: 'k', uploadId: 'u' };
      store.begunAt('s3://bucket').note({ remote, sessionId: 'gone' });
    }
    const target = `dir:${join(user.cwd, 'there')}`;
    const how = { cwd: user.cwd, isDryRun: false, isRemote: true };
    const command = user.command();
    expect(await cleanSessions(command.run, how)).toBe(ExitCode.mediaMissing);
    const [none, ...lines] = command.stdout.lines;
    expect(none).toBe('Removed 0 sessions.');
    expect(lines.toSorted()).toEqual([
      `${target}: ended 1 unfinished upload.`,
      expect.stringMatching(/^s3:\/\/bucket: nothing was ended: .*AWS_ACCESS_KEY_ID/),
    ]);
    expect(user.there()).toEqual([]);
    const json = user.command({ json: true });
    await cleanSessions(json.run, how);
    const reason = expect.stringContaining('AWS_ACCESS_KEY_ID') as unknown;
    expect(json.documents).toMatchObject([{ type: 'cleaned', target: 's3://bucket', endedCount: 0, reason }]);
  });

  it('is complete where every target could be asked', async () => {
    const user = new User();
    await user.begin(['a.mp4']);
    for (const id of user.ids) rmSync(join(user.sessions, `${id}.session.json`));
    const command = user.command();
    expect(await cleanSessions(command.run, { cwd: user.cwd, isDryRun: false, isRemote: true })).toBe(
      ExitCode.complete,
    );
    expect(command.stdout.lines).toEqual([
      'Removed 0 sessions.',
      `dir:${join(user.cwd, 'there')}: ended 1 unfinished upload.`,
    ]);
    expect(user.there()).toEqual([]);
  });

  it('refuses to ask a far end without doing anything', async () => {
    const user = new User();
    mkdirSync(user.sessions);
    const { run } = user.command();
    const cleaning = cleanSessions(run, { cwd: user.cwd, isDryRun: true, isRemote: true });
    await expect(cleaning).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('--remote') as unknown,
    });
    expect(existsSync(join(user.sessions, 'store.db'))).toBe(false);
  });
});
