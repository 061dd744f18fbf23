import { dirname, join } from 'node:path';

import { isInsideFolder, realPathOf } from '../../../config/trust/inside-folder.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { UploadItem } from '../../../upload/uploaded-file.js';
import type { UploadTarget } from '../../../upload/upload-target.js';

/** Something that is sent: a file, or a folder with all that is below it. */
export interface SourcePlace {
  /** Absolute. */
  readonly path: string;
  /** It comes to the target under its own name, so that beside itself it would take its own place. */
  readonly keepsName: boolean;
}

const SCHEME = 'dir:';

/** The folder that a target is; undefined where it is none of this machine. */
export function folderOfTarget({ id }: Pick<UploadTarget, 'id'>): string | undefined {
  return id.startsWith(SCHEME) ? id.slice(SCHEME.length) : undefined;
}

/**
 * Lets targets pass that lie apart from what is sent. What is sent to where it is would take its own place, or that of
 * another file before that one is read; and a folder would be sent into itself. Links are followed.
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
 * The same files. One that would come to a place of what is sent, as where a folder of that name lies at the target, is an item
 * that fails before anything is written there.
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
