import { dirname, join } from 'node:path';

import { isInsideFolder, realPathOf } from '../../../config/trust/inside-folder.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { UploadItem } from '../../../upload/uploaded-file.js';
import type { UploadTarget } from '../../../upload/upload-target.js';

/** A source of an upload: a file, or a folder with everything below it. */
export interface SourcePlace {
  /** Absolute. */
  readonly path: string;
  /** It keeps its own name at the target, so that beside itself it would replace itself. */
  readonly keepsName: boolean;
}

const SCHEME = 'dir:';

/** The folder of a target; undefined if the target is not a folder on this machine. */
export function folderOfTarget({ id }: Pick<UploadTarget, 'id'>): string | undefined {
  return id.startsWith(SCHEME) ? id.slice(SCHEME.length) : undefined;
}

/**
 * Refuses targets that overlap with the sources. Otherwise a file could replace itself, or another file before that one
 * is read, and a folder could be sent into itself. Links are followed.
 *
 * @throws {ChatferryError} `USAGE` that names both.
 */
export function requireApart(targets: readonly Pick<UploadTarget, 'id'>[], sources: readonly SourcePlace[]): void {
  for (const target of targets) {
    const folder = folderOfTarget(target);
    if (folder === undefined) continue;
    const real = realPathOf(folder);
    for (const { path, keepsName } of sources) {
      const isBeside = keepsName && (real === realPathOf(dirname(path)) || real === dirname(realPathOf(path)));
      if (!isBeside && !isInsideFolder(folder, path)) continue;
      const message = isBeside
        ? `dir:${folder} is the folder of ${path}, which would take its own place there. Name another folder.`
        : `dir:${folder} lies in ${path}, which would be sent into itself. Name a folder outside of it.`;
      throw new ChatferryError('USAGE', message);
    }
  }
}

/**
 * The same files. A file that would be written to a place of the sources, for example into a folder of that name at the
 * target, becomes an item that fails before anything is written.
 */
export async function* apartItems(
  items: AsyncIterable<UploadItem>,
  target: Pick<UploadTarget, 'id'>,
  sources: readonly SourcePlace[],
): AsyncGenerator<UploadItem, void, void> {
  const root = folderOfTarget(target);
  const places = new Set(root === undefined ? [] : sources.map(({ path }) => realPathOf(path)));
  for await (const item of items) {
    const to = root === undefined ? undefined : realPathOf(join(root, ...item.name.split('/')));
    if (to === undefined || item.problem !== undefined || !isWithin(to, places)) yield item;
    else {
      const message = `${item.path} would come to ${to}, which is sent as well, and might not have been read yet. Choose another folder, or send them one by one.`;
      yield { ...item, problem: new ChatferryError('STORE_REFUSED', message) };
    }
  }
}

function isWithin(path: string, places: ReadonlySet<string>): boolean {
  for (let place = path; ; place = dirname(place)) {
    if (places.has(place)) return true;
    if (place === dirname(place)) return false;
  }
}
