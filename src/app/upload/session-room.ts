import { ChatferryError } from '../../errors/chatferry-error.js';
import { SessionFiles } from '../../upload/session/session-files.js';
import { UploadStore } from '../../upload/session/upload-store.js';
import type { TargetSettings } from './target-kind.js';

/** The folder in which uploads keep what they go on with: the sessions, and what was sent already. */
export interface SessionRoom extends Disposable {
  readonly sessions: SessionFiles;
  readonly store: UploadStore;
}

/** @throws {ChatferryError} `USAGE` where this user has no place for it; `FILE_SYSTEM`. */
export async function openSessionRoom({
  uploadSessionDir,
}: Pick<TargetSettings, 'uploadSessionDir'>): Promise<SessionRoom> {
  if (uploadSessionDir === undefined) {
    const message =
      'This user has no home directory to keep upload sessions in. Set UPLOAD_SESSION_DIR to a folder of yours.';
    throw new ChatferryError('USAGE', message);
  }
  const sessions = await SessionFiles.open(uploadSessionDir);
  const store = new UploadStore(uploadSessionDir);
  return {
    sessions,
    store,
    [Symbol.dispose]: () => {
      store[Symbol.dispose]();
    },
  };
}
