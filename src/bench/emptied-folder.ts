import { mkdir, rm } from 'node:fs/promises';

/** A temporary folder. */
export interface EmptiedFolder extends AsyncDisposable {
  readonly path: string;
}

/** Creates an empty folder, and removes an existing one. Dispose of it to remove it. */
export async function emptiedFolder(path: string): Promise<EmptiedFolder> {
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  await remove();
  await mkdir(path, { recursive: true });
  return { path, [Symbol.asyncDispose]: remove };
}
