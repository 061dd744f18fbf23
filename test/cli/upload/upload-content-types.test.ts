import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { makeArchive } from '../../app/upload/items/small-archive.js';
import { ProtocolS3 } from '../../upload/servers/protocol-s3.js';
import { runInProcess } from '../run-in-process.js';

const FOLDER = 'harbour-crew-channel42';
const PHOTO = `${FOLDER}/media/documents/2026-05-01_1_note.txt`;

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-types-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe('chatferry upload of an archive to a bucket', { timeout: 60_000 }, () => {
  it('tells the types of its files, compresses what shrinks, and gives the originals back', async () => {
    await using store = await ProtocolS3.start();
    // What its sender says it is counts, and not how it is called.
    const crew = {
      id: 'channel42',
      title: 'Harbour Crew',
      contents: ['x'.repeat(20_000)],
      mimeType: 'image/jpeg',
    } as const;
    await makeArchive(join(cwd, 'exports'), [crew]);
    const result = JSON.stringify({ messages: Array.from({ length: 500 }, (_, id) => ({ id, text: 'ahoy' })) });
    writeFileSync(join(cwd, 'exports', FOLDER, 'result.json'), result);
    const env = {
      UPLOAD_SESSION_DIR: join(cwd, 'sessions'),
      UPLOAD_COMPRESS: 'true',
      S3_ENDPOINT: store.endpoint.href,
      AWS_ACCESS_KEY_ID: 'KEY',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    const end = await runInProcess(['upload', './exports', '--to', 's3://bucket/chats', '--json'], { cwd, env });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    const there = (name: string): Promise<Response> => fetch(new URL(`bucket/chats/${name}`, store.endpoint));

    const rendered = await there(`${FOLDER}/result.json`);
    expect(rendered.headers.get('content-type')).toBe('application/json');
    expect(rendered.headers.get('content-encoding')).toBe('gzip');
    expect(store.objects.get(`chats/${FOLDER}/result.json`)?.body.length).toBeLessThan(result.length / 4);
    expect(await rendered.text()).toBe(result);

    const photo = await there(PHOTO);
    expect(photo.headers.get('content-type')).toBe('image/jpeg');
    expect(photo.headers.get('content-encoding')).toBeNull();
    expect(await photo.text()).toBe(readFileSync(join(cwd, 'exports', PHOTO), 'utf8'));

    const database = await there('archive.db');
    expect(database.headers.get('content-type')).toBe('application/vnd.sqlite3');
    expect(database.headers.get('content-encoding')).toBe('gzip');
    expect(
      Buffer.from(await database.arrayBuffer())
        .subarray(0, 15)
        .toString(),
    ).toBe('SQLite format 3');

    const args = ['upload', 'verify', 'upload-manifest.json', '--to', 's3://bucket/chats', '--read', '--json'];
    const verified = await runInProcess(args, { cwd, env });
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout).toContain(`${FOLDER}/result.json`);
  });
});
