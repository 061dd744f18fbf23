import { realPathOf } from '../../config/trust/inside-folder.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import type { UploadItem } from '../../upload/uploaded-file.js';
import type { UploadSession } from '../../upload/session/upload-session.js';
import { chooseUploads } from './items/choose-uploads.js';
import type { ItemsOpening } from './items/items-opening.js';
import type { OpenedItems } from './upload-job.js';

export interface SessionItemsOptions extends ItemsOpening {
  readonly exportDir: string;
  readonly cwd: string;
  readonly onNote: (text: string) => void;
}

/** The files of sessions, by their names at the target. A missing file becomes an item that fails. */
export function sessionItems(sessions: readonly UploadSession[], options: SessionItemsOptions): OpenedItems {
  return {
    sources: sessions.map(({ path }) => ({ path, keepsName: false })),
    items: (signal) => each(sessions, options, signal),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function* each(
  sessions: readonly UploadSession[],
  options: SessionItemsOptions,
  signal: AbortSignal,
): AsyncGenerator<UploadItem, void, void> {
  for (const { id, path, name } of sessions) {
    let isThere = false;
    try {
      await using chosen = await chooseUploads({ ...options, written: [path], account: undefined });
      // The database of an archive in use is sent as a copy, which exists until the next file is requested.
      for await (const item of chosen.items(signal)) {
        isThere = realPathOf(item.path) === realPathOf(path); // If a folder is at its path now, that folder has other files.
        if (!isThere) break;
        yield { ...item, name };
      }
    } catch (error) {
      if (signal.aborted || !isChatferryError(error, 'USAGE')) throw error;
    }
    if (isThere) continue;
    const message = `${path} is no longer a file. Put it back, or delete its session: chatferry upload sessions delete ${id}`;
    // Only this file fails; the following ones continue.
    yield { path, name, problem: new ChatferryError('SOURCE_CHANGED', message) };
  }
}
