import { fileURLToPath } from 'node:url';

import { it } from 'vitest';

import { needsProgram } from '../media/needs-program.js';

/** Runs a program on a pseudo-terminal: see there for its arguments. */
export const ON_TERMINAL: string = fileURLToPath(new URL('on-terminal.py', import.meta.url));

/** `it` for tests on a pseudo-terminal, which Windows does not have, and which Python makes. */
export const itOnTerminal: ReturnType<typeof it.skipIf> =
  process.platform === 'win32' ? it.skip : await needsProgram('python3', '--version');
