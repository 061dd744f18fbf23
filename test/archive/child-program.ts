import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { onTestFinished } from 'vitest';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** A program beside this file, as a process of its own. */
export interface ChildProgram {
  readonly pid: number;
  /** The next line that it prints. @throws when it ends before. */
  nextLine(): Promise<string>;
  /** How it ended: its exit code, or the signal that ended it. */
  readonly exit: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts `<name>.ts` of this folder. It is killed when the test ends, if it still runs. */
export function startProgram(name: string, ...args: readonly string[]): ChildProgram {
  const path = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--import', LOADER, path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  onTestFinished(() => end(child));
  return {
    exit: once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
    pid: child.pid ?? 0,
    nextLine: async () => {
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
      if (done === true) throw new Error(`${name} ended early`);
      return value;
    },
    kill: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
