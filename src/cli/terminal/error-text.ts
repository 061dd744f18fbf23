import { inspect } from 'node:util';

import { errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import { printable } from '../../text/printable.js';

/** More causes than this are a loop. */
const MAX_CAUSES = 10;

/**
 * What a thrown value says to people, made safe for a terminal.
 *
 * @param verbose - Adds stacks and the chain of causes; without it, an unexpected error says how to get them.
 */
export function errorText(error: unknown, verbose: boolean): string {
  // What comes behind a newline in a name is no line of ours.
  const message = printable(errorMessage(error)).replaceAll('\n', '\n  ');
  if (verbose) return [message, ...causes(error)].join('\n');
  if (isChatferryError(error) && error.code !== 'INTERNAL') return message;
  return `${message}\nThis should not happen. The same command with --verbose says more; please report it.`;
}

function causes(error: unknown): readonly string[] {
  const lines: string[] = [];
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current !== undefined; depth += 1) {
    const text = current instanceof Error ? (current.stack ?? current.message) : inspect(current);
    lines.push(`${depth === 0 ? '' : 'caused by: '}${printable(text).replaceAll('\n', '\n  ')}`);
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines;
}
