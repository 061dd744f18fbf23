import { isSystemError } from '../../disk/file-error.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import { SessionFiles } from '../../upload/session/session-files.js';
import { UploadStore } from '../../upload/session/upload-store.js';
import type { TargetSettings } from './target-kind.js';

/** The folder in which uploads keep their state: the sessions, and the record of what was sent. */
export interface SessionRoom extends Disposable {
  readonly sessions: SessionFiles;
  readonly store: UploadStore;
}

/** @throws {ChatferryError} `USAGE` if this user has no folder for it; `FILE_SYSTEM`. */
export async function openSessionRoom({
  uploadSessionDir,
}: Pick<TargetSettings, 'uploadSessionDir'>): Promise<SessionRoom> {
  if (uploadSessionDir === undefined) {
    const message =
      'This user has no home directory to keep upload sessions in. Set UPLOAD_SESSION_DIR to a folder of yours.';
    throw new ChatferryError('USAGE', message);
  }
  const sessions = await openSessions(uploadSessionDir);
  const store = new UploadStore(uploadSessionDir);
  return {
    sessions,
    store,
    [Symbol.dispose]: () => {
      store[Symbol.dispose]();
    },
  };
}

/** Error codes that mean that this user cannot create the folder. A full disk is a different error. */
const NO_PLACE = ['ENOENT', 'ENOTDIR', 'EEXIST', 'EACCES', 'EPERM', 'EROFS', 'ENAMETOOLONG', 'EINVAL'];

async function openSessions(folder: string): Promise<SessionFiles> {
  try {
    return await SessionFiles.open(folder);
  } catch (error) {
    if (!isChatferryError(error, 'FILE_SYSTEM') || !isSystemError(error.cause, ...NO_PLACE)) throw error;
    const message = `Upload sessions cannot be kept in ${folder} (${error.cause.code ?? ''}). Set UPLOAD_SESSION_DIR to a folder of yours, on a disk that can be written to.`;
    throw new ChatferryError('USAGE', message, { cause: error });
  }
}
