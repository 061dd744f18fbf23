import { mkdir, rm } from 'node:fs/promises';

/** A folder of its own for as long as it is wanted. */
export interface EmptiedFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a folder anew; dispose of it to take it away. */
export async function emptiedFolder(path: string): Promise<EmptiedFolder> {
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  await remove();
  await mkdir(path, { recursive: true });
  return { path, [Symbol.asyncDispose]: remove };
}
