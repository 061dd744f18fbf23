import { createHash } from 'node:crypto';
import { extname } from 'node:path';

import filenamify from 'filenamify';

import { truncateToBytes } from '../../archive/files/truncate.js';

/** UTF-8 bytes of one part of a path: with an ending it then fits the least that a file system takes (143, eCryptfs). */
const PART_MAX_BYTES = 96;
const MARK_DIGITS = 8;

/**
 * What derivatives of a file are called: its own name without the extension, in folders of the same names, as any file
 * system takes them.
 *
 * @param name - The path of the file below what it was named by, with `/` or the separator of the system.
 * @returns With `/` on every platform.
 */
export function mirroredStem(name: string): string {
  const parts = name.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  const file = parts.pop() ?? '';
  return [...parts, file.slice(0, file.length - extname(file).length)].map(safePart).join('/');
}

/** Another one, for a file whose own is taken. @param source - What tells the file from all others. */
export function markedStem(stem: string, source: string): string {
  return `${stem}-${createHash('sha256').update(source).digest('hex').slice(0, MARK_DIGITS)}`;
}

/** Two stems that some file system takes for one have the same key: case and the forms of Unicode do not count. */
export function stemKey(stem: string): string {
  return stem.normalize('NFC').toLowerCase();
}

function safePart(part: string): string {
  const flat = filenamify(part.normalize('NFC'), { replacement: '_', maxLength: Number.MAX_SAFE_INTEGER });
  const visible = flat.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '');
  // What begins with a dot is hidden, and what ends with one or with a space is not taken by Windows.
  return truncateToBytes(visible, PART_MAX_BYTES).replaceAll(/^[\s.-]+|[\s.]+$/gu, '') || 'file';
}
