import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { runProgram, startModule } from '../../children/start-program.js';
import { PrivateFolder } from '../../disk/private-folder.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { ProcessTree } from '../../memory/process-tree.js';
import type { DescribedMedia } from '../media-job.js';
import type { WorkerAdmission, WorkerOrder, WorkerReport } from './worker-message.js';

// Measured on 40 photos and 8 clips by one worker: 154 MB at most without these, 120 MB with the second, 98 MB with
// both, and the same processor time.
const LEAN_HEAP: readonly string[] = ['--max-semi-space-size=2', '--heap-growing-percent=50'];
/** Of glibc: by itself it gives each thread a pool of its own, which keeps what a decoder gave back. */
const LEAN_ALLOCATION = { MALLOC_ARENA_MAX: '2' } as const;

/** The worker ended while it had a job: a decoder crashed, or somebody killed it. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
}

/** A worker process and the programs that it has started. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #workFolder: PrivateFolder;
  /** Programs of the job that runs, and how each is taken off the tree. */
  readonly #programs = new Map<number, () => void>();
  /** Never rejects. */
  readonly #exit: Promise<void>;

  private constructor(child: ChildProcess, tree: ProcessTree, workFolder: PrivateFolder) {
    this.#child = child;
    this.#workFolder = workFolder;
    const exit = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
      // Also a message that could not be sent, which the exit tells as well; but what did not start does not exit.
      child.on('error', () => {
        if (child.pid === undefined) resolve();
      });
    });
    child.on('message', (report: WorkerReport) => {
      if (report.type === 'child') this.#programs.set(report.pid, tree.add(report.pid));
    });
    const forget = child.pid === undefined ? undefined : tree.add(child.pid);
    this.#exit = exit.then(async () => {
      forget?.();
      this.#forgetPrograms();
      await workFolder.remove().catch(() => undefined); // In use on Windows: the system's folder for such things is cleared in time.
    });
  }

  /** Starts a worker, and waits until it can take jobs. @throws {ChatferryError} `INTERNAL` when it ends before. */
  static async start(tree: ProcessTree): Promise<WorkerProcess> {
    const { path, execArgv } = workerProgram();
    const workFolder = await PrivateFolder.make('chatferry-media-');
    const child = startModule(path, {
      execArgv: [...execArgv, ...LEAN_HEAP],
      env: LEAN_ALLOCATION,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A group of its own: it is ended with everything it has started, and Ctrl-C is for us.
      detached: process.platform !== 'win32',
    });
    let complaints = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-2000)));
    const worker = new WorkerProcess(child, tree, workFolder);
    const ready = new Promise<boolean>((resolve) => {
      child.once('message', () => {
        resolve(true);
      });
      void worker.#exit.then(() => {
        resolve(false);
      });
    });
    if (await ready) return worker;
    throw new ChatferryError('INTERNAL', `A worker for media did not start:\n${complaints}`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isUsable(): boolean {
    return this.#child.connected && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Of the worker, and of the programs it has started for its job: those that have ended are still among them. */
  get pids(): readonly number[] {
    return [this.pid, ...this.#programs.keys()];
  }

  /**
   * Has one task done. Not while another runs.
   *
   * @param onNeed - Told what the task will hold, in bytes, and whether it is to be held to it; it goes on when that resolves.
   * @returns undefined for what was to be proved, and is.
   * @throws {ChatferryError} what the job ended with; {@link WorkerLost}.
   */
  async run(
    order: Omit<WorkerOrder, 'workFolder'>,
    onNeed: (bytes: number, mayHoldNoMore: boolean) => Promise<void>,
  ): Promise<DescribedMedia | undefined> {
    try {
      return await this.#answerTo({ ...order, workFolder: this.#workFolder.path }, onNeed);
    } finally {
      this.#forgetPrograms();
    }
  }

  async #answerTo(
    order: WorkerOrder,
    onNeed: (bytes: number, mayHoldNoMore: boolean) => Promise<void>,
  ): Promise<DescribedMedia | undefined> {
    const report = await new Promise<WorkerReport>((resolve, reject) => {
      const onMessage = (message: WorkerReport): void => {
        if (message.type === 'needs') {
          const admission: WorkerAdmission = { type: 'admitted' };
          // Refused only when the worker is ended, and nobody waits any more.
          onNeed(message.bytes, message.mayHoldNoMore).then(() => {
            if (this.#child.connected) this.#child.send(admission);
          }, reject);
        }
        if (message.type === 'ready' || message.type === 'child' || message.type === 'needs') return;
        this.#child.off('message', onMessage);
        resolve(message);
      };
      this.#child.on('message', onMessage);
      void this.#exit.then(() => {
        const { exitCode, signalCode } = this.#child;
        reject(new WorkerLost(`The worker ended with ${signalCode ?? String(exitCode)}.`));
      });
      this.#child.send(order);
    });
    if (report.type === 'done') return report.result;
    if (report.type === 'proved') return undefined;
    if (report.type === 'failed') throw new ChatferryError(report.code, report.reason);
    throw new WorkerLost('The worker gave no answer.');
  }

  /** Lets it end by itself: it has no job. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exit;
  }

  /** Ends it at once, with all that it has started. */
  async kill(): Promise<void> {
    const { pid } = this;
    if (pid !== 0 && this.#child.exitCode === null && this.#child.signalCode === null) {
      if (process.platform === 'win32') {
        await runProgram('taskkill', ['/pid', String(pid), '/T', '/F']).catch(() => undefined); // Gone by itself.
      } else killGroup(this.#child);
    }
    await this.#exit;
  }

  #forgetPrograms(): void {
    for (const forget of this.#programs.values()) forget();
    this.#programs.clear();
  }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // No group any more, or (macOS) one that may not be told: the worker at least.
    child.kill('SIGKILL');
  }
}

/** Built JavaScript as it is, TypeScript sources through the loader. */
function workerProgram(): { readonly path: string; readonly execArgv: readonly string[] } {
  const here = fileURLToPath(import.meta.url);
  const extension = extname(here);
  const path = fileURLToPath(new URL(`media-worker${extension}`, import.meta.url));
  if (extension === '.js') return { path, execArgv: [] };
  return { path, execArgv: ['--import', pathToFileURL(createRequire(here).resolve('tsx')).href] };
}
