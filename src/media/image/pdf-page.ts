import { once } from 'node:events';
import { join } from 'node:path';

import { startProgram } from '../../children/start-program.js';
import { removeOwnFile } from '../../disk/own-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { ContentKind } from '../../chat/description/content-kind.js';

/** The program of poppler-utils: https://poppler.freedesktop.org. */
const PROGRAM = 'pdftoppm';
/** The longer side in pixels: enough for a thumbnail. */
const LONGER_SIDE = 640;
const TIMEOUT_MS = 20_000;
const TOLD_BYTES = 500;

export interface PdfPageOptions {
  /** Absolute, so that it cannot be interpreted as an option. */
  readonly path: string;
  /** An existing folder for the picture. */
  readonly workFolder: string;
  readonly signal: AbortSignal;
  /** Called with the process id when it runs, so that its memory can be counted. */
  readonly onStart?: ((pid: number) => void) | undefined;
}

export function isPdf({ mimeType }: ContentKind): boolean {
  return mimeType === 'application/pdf';
}

/**
 * Draws the first page of a PDF as PNG, into the work folder. Without a shell, for 20 seconds at most.
 *
 * @returns its path; undefined where the program is not installed.
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be drawn; `TIMEOUT`; the signal's reason when it aborts.
 */
export async function drawFirstPage({
  path,
  workFolder,
  signal,
  onStart,
}: PdfPageOptions): Promise<string | undefined> {
  signal.throwIfAborted();
  const name = join(workFolder, 'page');
  const size = ['-scale-to', String(LONGER_SIDE)];
  const child = startProgram(PROGRAM, ['-f', '1', '-l', '1', '-singlefile', ...size, '-png', path, name], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const ended = AbortSignal.any([timeout, signal]);
  const end = (): void => void child.kill('SIGKILL');
  ended.addEventListener('abort', end, { once: true });
  if (child.pid !== undefined) onStart?.(child.pid);
  if (ended.aborted) end();
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told = (told + text).slice(-TOLD_BYTES)));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) return `${name}.png`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ChatferryError('CONTENT_MISMATCH', `${PROGRAM} could not be started: ${String(error)}.`, {
      cause: error,
    });
  } finally {
    ended.removeEventListener('abort', end);
  }
  await removeOwnFile(`${name}.png`); // Remove the incomplete output.
  signal.throwIfAborted();
  if (timeout.aborted) throw new ChatferryError('TIMEOUT', `${PROGRAM} was ended after ${TIMEOUT_MS / 1000} s.`);
  throw new ChatferryError('CONTENT_MISMATCH', `${PROGRAM} could not draw the first page: ${told.trim()}`);
}
