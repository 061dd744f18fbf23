import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import { expect } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import type { MissingMedia } from '../../src/archive/records.js';
import type { MediaRecord, MessageRecord } from '../../src/chat/record.js';
import type { FerryWorld } from './ferry-world.js';

/** What an archive of one chat holds, read back from disk. */
export interface ArchiveContent {
  /** Of the chat, absolute. */
  readonly folder: string;
  readonly cursor: number | undefined;
  readonly records: readonly MessageRecord[];
  readonly missing: readonly MissingMedia[];
}

/** Reads the archive as anyone would who finds it. */
export async function readArchive(directory: string): Promise<ArchiveContent> {
  using archive = await Archive.open(directory, { readOnly: true });
  const [stored, ...others] = archive.chats();
  if (stored === undefined || others.length > 0) throw new RangeError(`${directory} does not have just one chat`);
  const { chat, folder } = stored;
  const [reader, ...readers] = archive.chatAccounts.of(chat.id);
  if (readers.length > 0) throw new RangeError(`${directory} was exported from more than one account`);
  return {
    folder: join(directory, folder),
    cursor: reader?.cursor,
    records: [...archive.messages(chat.id)],
    missing: archive.missingMedia(chat.id),
  };
}

/** SHA-256 of every file below a directory, by relative path. What differs from run to run by nature is left out. */
export async function treeOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const tree: Record<string, string> = {};
  for (const path of paths.sort()) {
    const name = relative(directory, path).split(sep).join('/');
    if (!/^archive\.(?:db|lock)|(?:^|\/)report\.json$/.test(name)) tree[name] = await sha256OfPath(path);
  }
  return tree;
}

export interface WholeOptions {
  /** Messages whose media may be missing, and must be listed. @defaultValue none */
  readonly missingIds?: readonly number[];
}

/**
 * The promise of the program: every message once and in order; every medium on disk with the right size and SHA-256 or
 * listed; the cursor at the end; and not one file that no record names.
 */
export async function expectWhole(
  directory: string,
  { messageIds, expected }: FerryWorld,
  { missingIds = [] }: WholeOptions = {},
): Promise<ArchiveContent> {
  const content = await readArchive(directory);
  const { records, folder, cursor, missing } = content;
  expect(records.map(({ message }) => message.id)).toEqual(messageIds);
  expect(cursor).toBe(messageIds.at(-1));
  expect([...new Set(missing.map(({ messageId }) => messageId))]).toEqual(missingIds);

  const found = records.flatMap(({ message, media }) =>
    media
      .filter((record) => record.media.kind !== 'contact-card')
      .map((record) => ({ messageId: message.id, role: record.media.role, ...shaAndSize(record) })),
  );
  const wanted = expected.map((medium) =>
    missingIds.includes(medium.messageId) ? { ...medium, sizeBytes: undefined, sha256: undefined } : medium,
  );
  expect(found.sort(byMessageAndRole)).toEqual([...wanted].sort(byMessageAndRole));
  await expectFilesOfRecords(folder, records);
  return content;
}

/**
 * Every stored record has its file with its bytes, and every file has its record.
 *
 * @param options - `isWhole: false` for the archive of a run that did not end: files may wait for their records.
 */
export async function expectFilesOfRecords(
  folder: string,
  records: readonly MessageRecord[],
  { isWhole = true }: { readonly isWhole?: boolean } = {},
): Promise<void> {
  const named = new Set<string>();
  for (const record of records.flatMap(({ media }) => media)) {
    if (record.state !== 'stored') continue;
    const { path, sizeBytes, sha256 } = record.file;
    expect(named.has(path), `${path} is named twice`).toBe(false);
    named.add(path);
    const absolute = join(folder, path);
    expect((await stat(absolute)).size, path).toBe(sizeBytes);
    expect(await sha256OfPath(absolute), path).toBe(sha256);
  }
  if (!isWhole) return;
  const files = Object.keys(await treeOf(folder)).filter((path) => path !== 'result.json');
  expect(files.sort()).toEqual([...named].sort());
  expect(await readdir(folder)).not.toContain('.partial');
}

/** What is comparable between two archives of the same chat: everything but where the bytes could be fetched. */
export function comparable({ records, missing, cursor }: ArchiveContent): unknown {
  return { records, missing, cursor };
}

async function sha256OfPath(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

function shaAndSize(record: MediaRecord): { sizeBytes: number | undefined; sha256: string | undefined } {
  return record.state === 'stored'
    ? { sizeBytes: record.file.sizeBytes, sha256: record.file.sha256 }
    : { sizeBytes: undefined, sha256: undefined };
}

interface Placed {
  readonly messageId: number;
  readonly role: string;
}

function byMessageAndRole(one: Placed, other: Placed): number {
  return one.messageId - other.messageId || one.role.localeCompare(other.role);
}
