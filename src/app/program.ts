import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A command line: the program and its first arguments. */
export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * The command line that starts this program in another process: built JavaScript directly, TypeScript sources through
 * the loader of this process.
 */
export function chatferryCommand(): CommandLine {
  const here = fileURLToPath(import.meta.url);
  const extension = extname(here);
  const main = join(dirname(here), '..', 'cli', `main${extension}`);
  if (extension === '.js') return { file: process.execPath, args: [main] };
  const loader = pathToFileURL(createRequire(here).resolve('tsx')).href;
  return { file: process.execPath, args: ['--import', loader, main] };
}
