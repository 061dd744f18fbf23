import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { makeFolderDurably, writeDurably } from '../../../disk/durable-file.js';
import { withFileErrors } from '../../../disk/file-error.js';
import { readOwnFile } from '../../../disk/own-file.js';
import { safeJson } from '../../../text/json.js';
import { jsonOf } from '../../http/json-answer.js';
import { remoteName } from '../../remote-name.js';

/** Text that is longer is not read: models take no more than a few megabytes of it. */
export const MOST_CONTENT_BYTES: number = 64 * 1024 * 1024;
/** Every character may stand as six. */
const MOST_FILE_BYTES = 6 * MOST_CONTENT_BYTES;

/** What a store read in a file: a message for a model. */
export interface ExtractedMessage {
  readonly role: 'system';
  /** The store's id of the file, also where it was removed since. */
  readonly fileId: string;
  /** As the store gave it. */
  readonly content: string;
}

/** The message as a JSON file keeps it, and which bytes it was read from. */
export interface ExtractedFile extends ExtractedMessage {
  readonly version: 1;
  /** What the file was called at the store. */
  readonly name: string;
  /** Of the file, hex. */
  readonly sha256: string;
  /** The target's id. */
  readonly target: string;
}

const extractedFile: z.ZodType<ExtractedFile> = z.object({
  version: z.literal(1),
  role: z.literal('system'),
  fileId: z.string(),
  content: z.string(),
  name: z.string(),
  sha256: z.string(),
  target: z.string(),
});

/** Of the beginning of a name that is cut, so that with what is added it is a name on every file system. */
const KEPT_CHARACTERS = 40;
/** 64 bits tell all files of one upload apart. */
const DIGEST_DIGITS = 16;

/**
 * Where the text of a file goes: `extracted/`, its name, `.json`. A name that is too long for that is cut, and told from
 * others that begin like it by a digest.
 */
export function extractedPathOf(outputFolder: string, name: string): string {
  const safe = remoteName(name);
  const folders = safe.split('/');
  const last = folders.pop() ?? '';
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_DIGITS);
  const isSame = safe === name.normalize('NFC');
  const unique = isSame ? last : `${Array.from(last).slice(0, KEPT_CHARACTERS).join('')}-${digest}`;
  return join(outputFolder, 'extracted', ...folders, `${unique}.json`);
}

/** Undefined where there is none, or something else. @throws {ChatferryError} `FILE_SYSTEM` */
export async function readExtracted(path: string): Promise<ExtractedFile | undefined> {
  const content = await withFileErrors('read', path, () => readOwnFile(path, MOST_FILE_BYTES));
  return content === undefined ? undefined : extractedFile.safeParse(jsonOf(content.toString('utf8'))).data;
}

/** Whole or not at all. @throws {ChatferryError} `FILE_SYSTEM` */
export async function writeExtracted(path: string, extracted: ExtractedFile): Promise<void> {
  await makeFolderDurably(dirname(path));
  await writeDurably(path, `${safeJson(extracted, undefined, 2)}\n`);
}
