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

/** The files of sessions, by the names that they have at the far end. One that is gone is an item that fails. */
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
      // The database of an archive that is in use is sent as a copy, which lives until the next file is asked for.
      for await (const item of chosen.items(signal)) {
        isThere = realPathOf(item.path) === realPathOf(path); // A folder that has its place now has other files.
        if (!isThere) break;
        yield { ...item, name };
      }
    } catch (error) {
      if (signal.aborted || !isChatferryError(error, 'USAGE')) throw error;
    }
    if (isThere) continue;
    const message = `${path} is no file any more. Put it back, or give its session up: chatferry upload sessions delete ${id}`;
    // Of this file alone: those behind it go on.
    yield { path, name, problem: new ChatferryError('SOURCE_CHANGED', message) };
  }
}
