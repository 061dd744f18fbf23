import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { makeFolderDurably, writeDurably } from '../../../disk/durable-file.js';
import { withFileErrors } from '../../../disk/file-error.js';
import { readOwnFile } from '../../../disk/own-file.js';
import { safeJson } from '../../../text/json.js';
import { jsonOf } from '../../http/json-answer.js';
import { remoteName } from '../../remote-name.js';

/** Longer text is not read: models accept no more than a few megabytes. */
export const MAX_CONTENT_BYTES: number = 64 * 1024 * 1024;
/** Every character may be escaped as six. */
const MAX_FILE_BYTES = 6 * MAX_CONTENT_BYTES;

/** The text that a store extracted from a file, as a message for a model. */
export interface ExtractedMessage {
  readonly role: 'system';
  /** The store's id of the file, even if it was removed since. */
  readonly fileId: string;
  /** As returned by the store. */
  readonly content: string;
}

/** The message as stored in a JSON file, and the file that it was extracted from. */
export interface ExtractedFile extends ExtractedMessage {
  readonly version: 1;
  /** The name of the file at the store. */
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

/** Characters that are kept of a truncated name, so that with its suffix it is valid on every file system. */
const KEPT_CHARACTERS = 40;
/** 64 bits make all files of one upload unique. */
const DIGEST_DIGITS = 16;

/**
 * The path of a file's text: `extracted/`, its name, `.json`. A name that is too long is truncated and made unique by a
 * digest.
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

/** Undefined if it does not exist or is something else. @throws {ChatferryError} `FILE_SYSTEM` */
export async function readExtracted(path: string): Promise<ExtractedFile | undefined> {
  const content = await withFileErrors('read', path, () => readOwnFile(path, MAX_FILE_BYTES));
  return content === undefined ? undefined : extractedFile.safeParse(jsonOf(content.toString('utf8'))).data;
}

/** Atomic. @throws {ChatferryError} `FILE_SYSTEM` */
export async function writeExtracted(path: string, extracted: ExtractedFile): Promise<void> {
  await makeFolderDurably(dirname(path));
  await writeDurably(path, `${safeJson(extracted, undefined, 2)}\n`);
}
