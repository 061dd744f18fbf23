import { isChatferryError } from '../../errors/chatferry-error.js';
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
  for (const { path, name } of sessions) {
    try {
      await using chosen = await chooseUploads({ ...options, written: [path], account: undefined });
      // The database of an archive that is in use is sent as a copy, which lives until the next file is asked for.
      for await (const item of chosen.items(signal)) yield { ...item, name };
    } catch (error) {
      if (signal.aborted || !isChatferryError(error, 'USAGE')) throw error;
      yield { path, name, problem: error };
    }
  }
}
