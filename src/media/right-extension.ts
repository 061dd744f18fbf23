import { extname } from 'node:path';

import type { ContentKind } from '../chat/description/content-kind.js';
import { readContentKind } from './bytes/content-kind.js';

/** Equivalent extensions: each of them is right. */
const ALIKE: readonly ReadonlySet<string>[] = [
  new Set(['jpg', 'jpeg', 'jpe', 'jfif']),
  new Set(['tif', 'tiff']),
  new Set(['heic', 'heif', 'hif']),
  new Set(['png', 'apng']),
  new Set(['mp4', 'm4v', 'mov', 'qt', '3gp', '3g2', 'm4a', 'm4b', 'f4v']),
  new Set(['ogg', 'oga', 'ogv', 'ogx', 'ogm', 'opus', 'spx']),
  new Set(['mpg', 'mpeg', 'm1v', 'm2v', 'vob']),
  new Set(['mts', 'm2ts', 'ts']),
  new Set(['mkv', 'mka', 'webm']),
  new Set(['asf', 'wmv', 'wma']),
  new Set(['aif', 'aiff', 'aifc']),
];

/**
 * The extension that the name of a media file should have, where it has another one. Programs use it to decide how to open a
 * file.
 *
 * @param name - A file name or path.
 * @returns Without a dot. Undefined where the name is right, and for files that are not media: a document with another
 *   extension keeps it, so that it does not open by a click.
 */
export function rightExtension(name: string, { kind, extension }: ContentKind): string | undefined {
  if (extension === undefined || kind === 'document' || kind === 'empty') return undefined;
  const own = extname(name).slice(1).toLowerCase();
  if (own === extension || ALIKE.some((group) => group.has(own) && group.has(extension))) return undefined;
  return extension;
}

/** {@link rightExtension} by the bytes of a file. @param name - The name to check. @throws as {@link readContentKind}. */
export async function extensionByContent(name: string, path: string): Promise<string | undefined> {
  return rightExtension(name, await readContentKind(path));
}
