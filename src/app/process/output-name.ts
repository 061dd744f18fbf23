import { createHash } from 'node:crypto';
import { extname } from 'node:path';

import filenamify from 'filenamify';

import { truncateToBytes } from '../../archive/files/truncate.js';

/** UTF-8 bytes of one part of a path. With an extension it fits the strictest file system (143 bytes, eCryptfs). */
const PART_MAX_BYTES = 96;
const MARK_DIGITS = 8;

/**
 * The stem of a file's derivatives: its own name without the extension, in folders of the same names, made valid for
 * every file system.
 *
 * @param name - The path of the file relative to the named folder, with `/` or the separator of the system.
 * @returns With `/` on every platform.
 */
export function mirroredStem(name: string): string {
  const parts = name.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  const file = parts.pop() ?? '';
  return [...parts, file.slice(0, file.length - extname(file).length)].map(safePart).join('/');
}

/** An alternative stem for a file whose own is taken. @param source - Identifies the file. */
export function markedStem(stem: string, source: string): string {
  return `${stem}-${createHash('sha256').update(source).digest('hex').slice(0, MARK_DIGITS)}`;
}

/**
 * A key for comparing stems. Stems that are equal on some file system have the same key: case and the normalisation of
 * Unicode are ignored.
 */
export function stemKey(stem: string): string {
  return stem.normalize('NFC').toLowerCase();
}

function safePart(part: string): string {
  const flat = filenamify(part.normalize('NFC'), { replacement: '_', maxLength: Number.MAX_SAFE_INTEGER });
  const visible = flat.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '');
  // A leading dot hides a file, and Windows rejects names that end with a dot or space.
  return truncateToBytes(visible, PART_MAX_BYTES).replaceAll(/^[\s.-]+|[\s.]+$/gu, '') || 'file';
}
