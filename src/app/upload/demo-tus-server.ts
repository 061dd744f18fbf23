import { randomBytes } from 'node:crypto';

import { PrivateFolder } from '../../disk/private-folder.js';

/** A tus server for a demo. Disposing of it stops it and removes the uploaded files. */
export interface DemoTusServer extends AsyncDisposable {
  /** For `--to`: `tus+http://127.0.0.1:…`. */
  readonly target: string;
  /** For `TUS_TOKEN`: random, valid for this server only. */
  readonly token: string;
  /** The folder of the uploaded files, absolute. */
  readonly folder: string;
}

/**
 * Starts a tus server that is reachable only from this machine and requires a token. Files go to a private temporary
 * folder. It uses only Node's own modules, because `@tus/server` would add seven packages for a demonstration.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function startDemoTusServer(): Promise<DemoTusServer> {
  const { startTusServer } = await import('../../simulator/tus/tus-server.js');
  const folder = await PrivateFolder.make('chatferry-tus-');
  try {
    const token = randomBytes(32).toString('base64url');
    const server = await startTusServer({ folder: folder.path, token });
    return {
      target: `tus+${server.endpoint.href}`,
      token,
      folder: folder.path,
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await folder.remove();
      },
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}
