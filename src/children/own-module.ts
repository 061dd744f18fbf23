import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How to run a module of this program in a separate process or thread. */
export interface OwnModule {
  readonly url: URL;
  /** For a process that takes a path instead of a URL. */
  readonly path: string;
  /** Node's own arguments, which come before the path. */
  readonly execArgv: readonly string[];
}

/**
 * Finds a module of this program that runs in a separate process or thread. Built JavaScript runs as it is, and TypeScript
 * sources run through the loader.
 *
 * @param name - Relative to the caller, without extension: `./media-worker`.
 * @param callerUrl - `import.meta.url` of the caller.
 */
export function ownModule(name: string, callerUrl: string): OwnModule {
  const extension = extname(fileURLToPath(callerUrl));
  const url = new URL(`${name}${extension}`, callerUrl);
  const execArgv = extension === '.js' ? [] : ['--import', loaderUrl()];
  return { url, path: fileURLToPath(url), execArgv };
}

/**
 * tsx is a development dependency: only those who have the sources need it. Its command line option has no effect in threads of
 * Node 20, so the thread or process registers it.
 */
function loaderUrl(): string {
  const register = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register();`;
  return `data:text/javascript,${encodeURIComponent(register)}`;
}
