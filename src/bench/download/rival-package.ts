import { createRequire } from 'node:module';

import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';

const require = createRequire(import.meta.url);

/**
 * Loads a package that this program is compared with. It is loaded on demand, because rivals are installed for
 * development only.
 *
 * @throws {ChatferryError} `USAGE` when it is not installed.
 */
export async function loadRival(name: string): Promise<unknown> {
  try {
    return (await import(name)) as unknown;
  } catch (cause) {
    throw new ChatferryError(
      'USAGE',
      `The benchmark compares with ${name}, which cannot be loaded: ${errorMessage(cause)}. Run \`npm ci\` with development dependencies.`,
      { cause },
    );
  }
}

/**
 * As {@link loadRival}, for a package whose modules are CommonJS and must be the only copies in the process.
 *
 * @throws {ChatferryError} `USAGE` when it is not installed.
 */
export function requireRival(name: string): unknown {
  try {
    return require(name) as unknown;
  } catch (cause) {
    throw new ChatferryError(
      'USAGE',
      `The benchmark compares with ${name}, which cannot be loaded: ${errorMessage(cause)}. Run \`npm ci\`.`,
      { cause },
    );
  }
}
