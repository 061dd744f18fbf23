import { relative } from 'node:path';

import { commandLineText } from '../command-line-text.js';
import { printableLine } from '../../text/printable.js';

/** Says what a manifest is good for. @param path - Absolute. */
export function manifestHint(path: string, cwd: string): string {
  const below = relative(cwd, path);
  const name = below.startsWith('..') ? path : below;
  const command = commandLineText(['upload', 'verify', name], process.platform);
  return `${printableLine(name)} says what is where. Check it at any time: ${printableLine(command)}`;
}
