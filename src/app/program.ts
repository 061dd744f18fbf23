import { ownModule } from '../children/own-module.js';

/** A command line: the program and its first arguments. */
export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
}

/** How to start this program again, in a separate process. */
export function chatferryCommand(): CommandLine {
  const { path, execArgv } = ownModule('../cli/main', import.meta.url);
  return { file: process.execPath, args: [...execArgv, path] };
}
