import { join, resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { manifestHint } from '../../../src/cli/upload/manifest-hint.js';
import {
  sessionDetails,
  sessionDocument,
  sessionLine,
  type ShownSession,
} from '../../../src/cli/upload/session-lines.js';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2026-03-01T12:00:00Z');

const session: ShownSession = {
  version: 1,
  id: `my-upload.${'0'.repeat(20)}`,
  path: '/films/film\u001B[31m.mp4',
  target: 'dir:/mnt/backup',
  name: 'film.mp4',
  sizeBytes: 2000,
  sha256: 'a'.repeat(64),
  modifiedNs: '0',
  inode: '0',
  partBytes: 1000,
  parts: [{ index: 0, offset: 0, sizeBytes: 1000, sha256: 'b'.repeat(64), tag: '', uploadedAtMs: NOW_MS, tryCount: 1 }],
  createdAtMs: NOW_MS - HOUR_MS,
  updatedAtMs: NOW_MS,
  expiresAtMs: NOW_MS + 3 * HOUR_MS,
  shownPercentage: 50,
  status: 'paused',
};

describe('A session in a list', () => {
  it('is one line with how far it came, what it is of and how long it lives, and nothing that a terminal obeys', () => {
    const line = sessionLine(session, NOW_MS);
    expect(line).toMatch(
      /^my-upload\.0{20} {2}paused 50 % of 2\.0 kB {2}\/films\/film.*\.mp4 → dir:\/mnt\/backup, 3 h/,
    );
    expect(line).toMatch(/ left$/);
    expect(line).not.toContain('\u001B');
  });

  it('counts bytes within a part where the far end takes any, and never less than its parts have', () => {
    expect(sessionLine({ ...session, sentBytes: 1999 }, NOW_MS)).toContain(' 99 % of ');
    expect(sessionLine({ ...session, sentBytes: 1 }, NOW_MS)).toContain(' 50 % of ');
  });

  it('of an empty file has nothing done, and says when it has expired, to the millisecond', () => {
    const empty = { ...session, sizeBytes: 0, parts: [] };
    expect(sessionLine(empty, session.expiresAtMs)).toMatch(/paused 0 % of .*, expired$/);
    expect(sessionLine(empty, session.expiresAtMs - 1)).toMatch(/ left$/);
  });
});

describe('A session that is shown', () => {
  it('tells all that is known, a fact a line', () => {
    const rows = sessionDetails({ ...session, status: 'failed', error: 'the disk is full' }).split('\n');
    expect(rows.map((row) => row.slice(0, 12).trim())).toEqual([
      'id',
      'status',
      'file',
      'target',
      'name there',
      'size',
      'parts',
      'begun',
      'changed',
      'expires',
    ]);
    const facts = rows.map((row) => row.slice(12));
    expect(facts[1]).toBe('failed: the disk is full');
    expect(facts[5]).toBe(`2000 bytes, SHA-256 ${'a'.repeat(64)}`);
    expect(facts[6]).toMatch(/^1 of 2, of 1\.0 kB; 1\.0 kB there$/);
    expect(facts.slice(7)).toEqual([
      '2026-03-01T11:00:00.000Z',
      '2026-03-01T12:00:00.000Z',
      '2026-03-01T15:00:00.000Z',
    ]);
  });

  it('says sent instead of there where bytes count, and counts an empty file as one part', () => {
    expect(sessionDetails({ ...session, sentBytes: 1500 })).toMatch(/1 of 2, of .* sent$/m);
    expect(sessionDetails({ ...session, sizeBytes: 0, parts: [] })).toContain('0 of 1, of');
  });
});

it('A session as a document has counts in the place of its parts', () => {
  const { parts, ...facts } = session;
  expect(sessionDocument(session)).toEqual({
    type: 'session',
    ...facts,
    sessionName: 'my-upload',
    doneParts: parts.length,
    doneBytes: 1000,
  });
});

it('The hint at a manifest names it as it is written from here, with the command that checks it', () => {
  const cwd = resolve('/archive');
  expect(manifestHint(join(cwd, 'upload-manifest.json'), cwd)).toMatch(
    /^(\.[\\/])?upload-manifest\.json lists the uploaded files\. To check them at any time: .*upload verify (\.[\\/])?upload-manifest\.json$/,
  );
});
