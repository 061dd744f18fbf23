import { commandLineText } from '../command-line-text.js';
import { shortPath } from '../terminal/short-path.js';
import { printableLine } from '../../text/printable.js';

/** Says what a manifest is good for. @param path - Absolute. */
export function manifestHint(path: string, cwd: string): string {
  const name = shortPath(path, cwd);
  const command = commandLineText(['upload', 'verify', name], process.platform);
  return `${printableLine(name)} lists the uploaded files. To check them at any time: ${printableLine(command)}`;
}
