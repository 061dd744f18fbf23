import type { ChildProcess } from 'node:child_process';

import { ownModule } from '../../children/own-module.js';
import { runProgram, startModule } from '../../children/start-program.js';
import { PrivateFolder } from '../../disk/private-folder.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { ProcessTree } from '../../memory/process-tree.js';
import type { DescribedMedia } from '../media-job.js';
import type { WorkerAdmission, WorkerOrder, WorkerReport } from './worker-message.js';

// Measured on 40 photos and 8 clips by one worker: 154 MB at most without these, 120 MB with the second, 98 MB with
// both, and the same processor time.
const LEAN_HEAP: readonly string[] = ['--max-semi-space-size=2', '--heap-growing-percent=50'];
/** For glibc: by default each thread has an arena of its own, which keeps memory that a decoder has freed. */
const LEAN_ALLOCATION = { MALLOC_ARENA_MAX: '2' } as const;

/** The worker ended during a job: a decoder crashed, or it was killed. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost';
}

/** A worker process and the programs that it has started. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #workFolder: PrivateFolder;
  /** Programs of the running job, each with a function that removes it from the tree. */
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
      // Also reports a message that could not be sent, which the exit covers. But a process that did not start does not exit.
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
      await workFolder.remove().catch(() => undefined); // It may be in use on Windows; the system clears its temporary folder.
    });
  }

  /** Starts a worker, and waits until it is ready. @throws {ChatferryError} `INTERNAL` when it ends before. */
  static async start(tree: ProcessTree): Promise<WorkerProcess> {
    const { path, execArgv } = ownModule('./media-worker', import.meta.url);
    const workFolder = await PrivateFolder.make('chatferry-media-');
    const child = startModule(path, {
      execArgv: [...execArgv, ...LEAN_HEAP],
      env: LEAN_ALLOCATION,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A separate process group: all its programs are ended with it, and Ctrl-C reaches only this process.
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

  /** Ids of the worker and of the programs that it has started for its job, including those that have ended. */
  get pids(): readonly number[] {
    return [this.pid, ...this.#programs.keys()];
  }

  /**
   * Runs one task. Only one may run at a time.
   *
   * @param onNeed - Called with the memory that the task needs, in bytes, and whether that is a limit. The task continues when it resolves.
   * @returns undefined for a copy that is proved.
   * @throws {ChatferryError} the error of the job; {@link WorkerLost}.
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
          // Rejects only when the worker is ended, and nobody waits for it.
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

  /** Lets an idle worker exit by itself. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exit;
  }

  /** Kills it with all its programs. */
  async kill(): Promise<void> {
    const { pid } = this;
    if (pid !== 0 && this.#child.exitCode === null && this.#child.signalCode === null) {
      if (process.platform === 'win32') {
        await runProgram('taskkill', ['/pid', String(pid), '/T', '/F']).catch(() => undefined); // It has already ended.
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
    // The group is gone, or (macOS) may not be signalled: kill at least the worker.
    child.kill('SIGKILL');
  }
}
