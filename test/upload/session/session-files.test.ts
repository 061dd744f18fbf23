import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { OpenSession } from '../../../src/upload/session/open-session.js';
import { chooseSession, sessionIdOf, type WantedSession } from '../../../src/upload/session/session-choice.js';
import { SessionFiles } from '../../../src/upload/session/session-files.js';
import type { DonePart, UploadSession } from '../../../src/upload/session/upload-session.js';

const HOUR_MS = 3_600_000;
const SHA256 = 'a'.repeat(64);
const OTHER_SHA256 = 'b'.repeat(64);
let folder: string;
let files: SessionFiles;
let nowMs = Date.UTC(2026, 0, 1);
const now = (): number => nowMs;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chatferry-sessions-'));
  files = await SessionFiles.open(join(folder, 'sessions'));
  nowMs = Date.UTC(2026, 0, 1);
});

afterEach(async () => {
  // A session that begins is written meanwhile: a folder that is written to cannot be removed.
  await Promise.allSettled(chosen.splice(0).map((session) => session.saved()));
  rmSync(folder, { recursive: true, force: true });
});

const chosen: OpenSession[] = [];

async function choose(...args: Parameters<typeof chooseSession>): ReturnType<typeof chooseSession> {
  const choice = await chooseSession(...args);
  chosen.push(choice.session);
  return choice;
}

const WANTED: WantedSession = {
  path: '/home/me/film.mp4',
  target: 'dir:/mnt/share',
  name: 'film.mp4',
  mark: { sizeBytes: 250, modifiedNs: '17', inode: '4' },
  sha256: SHA256,
  plan: { sizeBytes: 250, partBytes: 100, partCount: 3 },
  lifeMs: 48 * HOUR_MS,
};

function part(index: number, changes: Partial<DonePart> = {}): DonePart {
  const sizeBytes = index === 2 ? 50 : 100;
  return {
    index,
    offset: index * 100,
    sizeBytes,
    sha256: SHA256,
    tag: `"${index}"`,
    uploadedAtMs: nowMs,
    tryCount: 1,
    ...changes,
  };
}

/** A session as a run left it that was killed after two parts. */
async function leftSession(changes: Partial<UploadSession> = {}): Promise<string> {
  const { session } = await choose(WANTED, files, now);
  await session.setRemote({ uploadId: 'u1' }, 10);
  await addPart(session, part(1), 60);
  await addPart(session, part(0), 80);
  const path = join(folder, 'sessions', `${session.data.id}.session.json`);
  writeFileSync(path, JSON.stringify({ ...session.data, ...changes }));
  return path;
}

/** The far end has a part, which is not the last that is missing. */
function addPart(session: OpenSession, done: DonePart, shownPercentage: number): Promise<void> {
  return session.addPart(done, { shownPercentage, isLightweight: false });
}

describe('An upload session', () => {
  it('is a JSON file of its owner alone, also in a folder that others may read', async () => {
    chmodSync(join(folder, 'sessions'), 0o755);
    const path = await leftSession();
    const { session } = await choose(WANTED, files, now);
    expect(session.data.parts.map(({ index }) => index)).toEqual([0, 1]);
    await addPart(session, part(2), 90);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      version: 1,
      path: '/home/me/film.mp4',
      sizeBytes: 250,
      sha256: SHA256,
      modifiedNs: '17',
      partBytes: 100,
      remote: { uploadId: 'u1' },
      parts: [{ index: 0 }, { index: 1 }, { index: 2, offset: 200, sizeBytes: 50, tryCount: 1 }],
      status: 'active',
      expiresAtMs: nowMs + 48 * HOUR_MS,
    });
    expect(readdirSync(join(folder, 'sessions'))).toEqual([`${session.data.id}.session.json`]);
  });

  it('is gone on with by the next run, which sees the parts and the far end', async () => {
    await leftSession();
    const { session, replaced } = await choose({ ...WANTED, path: WANTED.path }, files, now);
    expect(replaced).toBeUndefined();
    expect(session.data).toMatchObject({ remote: { uploadId: 'u1' }, shownPercentage: 80, status: 'active' });
  });

  it.each<[string, Partial<WantedSession>, Partial<UploadSession>]>([
    ['the file has changed since', { sha256: OTHER_SHA256 }, {}],
    ['the file has changed since', { mark: { ...WANTED.mark, sizeBytes: 251 } }, {}],
    ['its compressed bytes differ from before', { stored: { encoding: 'gzip', sizeBytes: 9, sha256: SHA256 } }, {}],
    ['the target now needs parts of another size', { plan: { ...WANTED.plan, partBytes: 125 } }, {}],
    ['the upload session is damaged', {}, { parts: [part(3, { offset: 300 })] }],
    ['the upload session is damaged', {}, { parts: [part(0, { sizeBytes: 99 })] }],
    ['the upload session is damaged', {}, { parts: [part(1, { offset: 99, sizeBytes: 101 })] }],
    ['it is complete', {}, { status: 'complete' }],
  ])('gives way to a new one, with the reason: %s', async (reason, wanted, left) => {
    await leftSession(left);
    const { session, replaced } = await choose({ ...WANTED, ...wanted }, files, now);
    expect(replaced?.reason).toBe(reason);
    expect(replaced?.session.remote).toEqual({ uploadId: 'u1' });
    expect(session.data).toMatchObject({ parts: [], shownPercentage: 80 });
    expect(session.data.remote).toBeUndefined();
  });

  it('ends after the time that was set, to the millisecond, however often it was gone on with', async () => {
    await leftSession();
    nowMs += 48 * HOUR_MS - 1;
    expect((await choose(WANTED, files, now)).replaced).toBeUndefined();
    nowMs += 1;
    expect((await choose(WANTED, files, now)).replaced?.reason).toBe('the upload session has expired');
  });

  it('ends earlier where the far end says so of this upload, and never later than was set', async () => {
    const begin = async (expiresAtMs: number) => {
      const session = OpenSession.begin({ ...WANTED, id: 'x', nowMs, shownPercentage: 0 }, files, now);
      await session.setRemote({ url: '/1', expiresAtMs: String(expiresAtMs) }, 0);
      await session.saved();
      return session.data.expiresAtMs - nowMs;
    };
    expect(await begin(nowMs + HOUR_MS)).toBe(HOUR_MS);
    expect(await begin(nowMs + 100 * HOUR_MS)).toBe(48 * HOUR_MS);
    expect(await begin(NaN)).toBe(48 * HOUR_MS);
  });

  it('can be named: the same name goes on with it from another path, another name does not', async () => {
    const named = { ...WANTED, sessionName: 'my-upload' };
    const first = await choose(named, files, now);
    await addPart(first.session, part(0), 40);
    const moved = await choose({ ...named, path: '/mnt/usb/film.mp4' }, files, now);
    expect(moved.session.data).toMatchObject({ path: '/mnt/usb/film.mp4', parts: [{ index: 0 }] });
    expect(moved.session.data.id).toMatch(/^my-upload\.[0-9a-f]{20}$/);
    const other = await choose({ ...named, sessionName: 'My-Upload' }, files, now);
    expect(other.session.data.parts).toEqual([]);
    expect(other.session.data.id.toLowerCase()).not.toBe(moved.session.data.id.toLowerCase());
    expect((await choose({ ...WANTED, path: '/mnt/usb/film.mp4' }, files, now)).session.data.parts).toEqual([]);
  });

  it.each(['', '.', '..', '../x', 'a/b', 'a\\b', '.hidden', '-rf', 'nul\0', 'ümlaut', 'a'.repeat(61), 'a b'])(
    'cannot be called %j',
    (sessionName) => {
      expect(() => sessionIdOf({ ...WANTED, sessionName })).toThrow(/session cannot be called/);
    },
  );

  it.each<[string, (path: string) => void]>([
    [
      'no JSON',
      (path) => {
        writeFileSync(path, '{"version":1,');
      },
    ],
    [
      'empty',
      (path) => {
        writeFileSync(path, '');
      },
    ],
    [
      'of a later version',
      (path) => {
        change(path, { version: 2 });
      },
    ],
    [
      'with a size that is text',
      (path) => {
        change(path, { sizeBytes: '250' });
      },
    ],
    [
      'with a negative part',
      (path) => {
        change(path, { parts: [part(0, { offset: -1 })] });
      },
    ],
    [
      'with a part of infinite size',
      (path) => {
        writeFileSync(path, readFileSync(path, 'utf8').replace('"sizeBytes":100', '"sizeBytes":1e999'));
      },
    ],
    [
      'with a far end that is no text',
      (path) => {
        change(path, { remote: { uploadId: { toString: 1 } } });
      },
    ],
    [
      'that says another id',
      (path) => {
        change(path, { id: '../../../etc/passwd' });
      },
    ],
    [
      'of another target',
      (path) => {
        change(path, { target: 'dir:/elsewhere' });
      },
    ],
    [
      'of another name',
      (path) => {
        change(path, { name: 'other.mp4' });
      },
    ],
    [
      'an array a million deep',
      (path) => {
        writeFileSync(path, '['.repeat(1_000_000));
      },
    ],
    [
      'larger than any session',
      (path) => {
        writeFileSync(path, Buffer.alloc(17 * 1024 * 1024, 32));
      },
    ],
  ])('that is %s counts as none: the file is sent anew', async (_, damage) => {
    damage(await leftSession());
    const { session, replaced } = await choose(WANTED, files, now);
    expect(replaced).toBeUndefined();
    expect(session.data.parts).toEqual([]);
    expect(Array.isArray(await files.list())).toBe(true);
  });

  it('takes no keys from a session that would change what objects are', async () => {
    const path = await leftSession();
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace('"remote":{', '"__proto__":{"polluted":1},"remote":{"__proto__":"x",'),
    );
    const found = await files.list();
    expect(found).toHaveLength(1);
    expect((found[0] as unknown as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')(
    'is not read or written through a link, and its folder not taken from others',
    async () => {
      const path = await leftSession();
      const canary = join(folder, 'canary');
      writeFileSync(canary, readFileSync(path));
      rmSync(path);
      symlinkSync(canary, path);
      const { session: refused } = await choose(WANTED, files, now);
      await expect(refused.saved()).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
      rmSync(path);
      linkSync(canary, path);
      const { session } = await choose(WANTED, files, now);
      await addPart(session, part(2), 99);
      expect(JSON.parse(readFileSync(canary, 'utf8'))).toMatchObject({ parts: [{ index: 0 }, { index: 1 }] });
      const open = join(folder, 'open');
      mkdirSync(open);
      chmodSync(open, 0o777);
      await expect(SessionFiles.open(open)).rejects.toThrow(/other users may write/);
    },
  );

  it.skipIf(process.platform === 'win32')(
    'is written whole or not at all: a failed write leaves the one before, and says why',
    async () => {
      const path = await leftSession();
      const { session } = await choose(WANTED, files, now);
      const before = readFileSync(path, 'utf8');
      // A folder has the name that is written aside: writing fails as on a full disk, also for root.
      mkdirSync(join(folder, 'sessions', `.${session.data.id}.session.json.partial`));
      await expect(addPart(session, part(2), 99)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
      expect(readFileSync(path, 'utf8')).toBe(before);
      rmSync(join(folder, 'sessions', `.${session.data.id}.session.json.partial`), { recursive: true });
      await session.end('paused');
      expect((await files.read(session.data.id))?.parts).toHaveLength(3);
    },
  );

  it('has every part of many that end at the same time', async () => {
    const plan = { sizeBytes: 20_000, partBytes: 100, partCount: 200 };
    const { session } = await choose({ ...WANTED, mark: { ...WANTED.mark, sizeBytes: 20_000 }, plan }, files, now);
    const whole = (index: number): DonePart => part(index, { sizeBytes: 100 });
    await Promise.all(Array.from({ length: 200 }, (_, index) => addPart(session, whole(199 - index), index / 2)));
    const found = await files.read(session.data.id);
    expect(found?.parts.map(({ index }) => index)).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });
});

function change(path: string, changes: object): void {
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...changes }));
}

it('a session can be read and listed while a run replaces it and takes it away', async () => {
  const { session } = await choose(WANTED, files, now);
  await session.saved();
  const { id } = session.data;
  let isWriting = true;
  const writing = (async () => {
    for (let round = 0; round < 60; round += 1) {
      await session.end('active', { shownPercentage: round });
      if (round % 10 === 9) await files.remove(id);
    }
    isWriting = false;
  })();
  const seen: (UploadSession | undefined)[] = [];
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- The writer changes it.
  while (isWriting) seen.push(await files.read(id), ...(await files.list()));
  await writing;
  expect(seen.length).toBeGreaterThan(60);
  expect(new Set(seen.map((found) => found?.id))).toEqual(new Set([id, undefined]));
});

it.runIf(process.getuid?.() === 0)(
  'a folder of another user is refused with the setting that names one of yours',
  async () => {
    const foreign = join(folder, 'foreign');
    mkdirSync(foreign, { mode: 0o700 });
    chownSync(foreign, 12_345, 12_345);
    const opening = SessionFiles.open(foreign);
    await expect(opening).rejects.toThrow(
      'belongs to another user (12345). Set UPLOAD_SESSION_DIR to a folder of your own.',
    );
  },
);
