import { dirname } from 'node:path';

import type { ItemsOpening } from '../../app/upload/items/items-opening.js';
import { exitCodeOfUpload, type UploadReport } from '../../app/upload/job-report.js';
import { ManifestFile } from '../../app/upload/manifest/manifest-file.js';
import { ManifestEntries } from '../../app/upload/manifest/manifest-entries.js';
import { measureItems } from '../../app/upload/measured-items.js';
import { openSessionRoom } from '../../app/upload/session-room.js';
import { type OpenedItems, UploadJob } from '../../app/upload/upload-job.js';
import { isChatferryError } from '../../errors/chatferry-error.js';
import type { UploadSession } from '../../upload/session/upload-session.js';
import type { UploadCheck } from '../../upload/target-run.js';
import type { ExitCode } from '../../errors/exit-code.js';
import type { CommandRun } from '../command-run.js';
import type { UploadDisplay } from './display.js';
import { type DisplayKind, openDisplay } from './upload-display.js';
import { keptLines } from './session-lines.js';
import { manifestHint } from './manifest-hint.js';
import { FailureList, failureLines, uploadSummary } from './upload-summary.js';

const BYTES_PER_MB = 1e6;

export interface RunUploadRequest {
  /** As `--to` has them. */
  readonly to: readonly string[];
  /** Makes what opens the files, anew for each walk through them. */
  readonly itemsFor: (onNote: (text: string) => void) => (opening: ItemsOpening) => Promise<OpenedItems>;
  readonly cwd: string;
  readonly sessionName?: string | undefined;
  readonly progress?: DisplayKind | undefined;
  readonly isSequential?: boolean;
  /** How what was sent before is known to be there. @defaultValue `far-end` */
  readonly check?: UploadCheck | undefined;
  /** Absolute. */
  readonly manifestPath: string;
}

/** Sends what was named, and writes down what is where: also what came before the run was interrupted. */
export async function runUpload(run: CommandRun, request: RunUploadRequest): Promise<ExitCode> {
  const { terminal } = run;
  const { cwd, manifestPath } = request;
  const { report, failures, entryCount } = await send(run, request);
  const exitCode = exitCodeOfUpload(report);
  terminal.printJson({
    type: 'summary',
    exitCode,
    manifest: manifestPath,
    targets: report.targets,
    wallMs: report.wallMs,
  });
  terminal.print(uploadSummary(report, failures));
  if (entryCount > 0) terminal.say(manifestHint(manifestPath, cwd));
  return exitCode;
}

interface Sent {
  readonly report: UploadReport;
  readonly failures: FailureList;
  /** Of the manifest. */
  readonly entryCount: number;
}

async function send(run: CommandRun, request: RunUploadRequest): Promise<Sent> {
  const { settings, terminal, signal } = run;
  const { progress, cwd, manifestPath } = request;
  const manifest = new ManifestFile({ path: manifestPath, lockFolder: settings.uploadSessionDir ?? cwd });
  await manifest.requirePlace();
  using display = await openDisplay(terminal, progress);
  const startedMs = Date.now();
  const entries = new ManifestEntries();
  const files = newJob(run, request, { display, entries }).run();
  const failures = new FailureList();
  await using counting = countInBackground(run, request, display);
  try {
    for (;;) {
      const next = await files.next();
      if (next.done === true) return { report: next.value, failures, entryCount: entries.all.length };
      const file = next.value;
      entries.handedOut(file);
      // What a whole target failed with is said of the target, once.
      if (file.state === 'failed' && file.isGivenUp !== true) failures.add(file);
      terminal.printJson({ type: 'file', ...file });
      await terminal.room(signal);
    }
  } catch (error) {
    await files.return({} as never); // Sessions are written down by then.
    for (const line of failureLines(failures)) terminal.say(line);
    if (signal.aborted) for (const line of keptLines(await sessionsSince(startedMs, settings))) terminal.say(line);
    throw error;
  } finally {
    try {
      counting.stop();
      await files.return({} as never);
    } finally {
      // Also of a run that was interrupted: what is there is there. A second Ctrl-C ends the program at once.
      if (entries.all.length > 0) await manifest.add(entries.all, new AbortController().signal);
    }
  }
}

/** What a run that was interrupted goes on with. */
async function sessionsSince(startedMs: number, settings: CommandRun['settings']): Promise<readonly UploadSession[]> {
  try {
    using room = await openSessionRoom(settings);
    const all = await room.sessions.list();
    return all.filter(({ status, updatedAtMs }) => status === 'paused' && updatedAtMs >= startedMs);
  } catch (error) {
    if (!isChatferryError(error)) throw error;
    return []; // Why the run ends matters more.
  }
}

interface Followers {
  readonly display: UploadDisplay;
  readonly entries: ManifestEntries;
}

function newJob(run: CommandRun, request: RunUploadRequest, { display, entries }: Followers): UploadJob {
  const { settings, terminal, log, signal } = run;
  const { to, itemsFor, cwd, manifestPath, sessionName, isSequential = false, check } = request;
  const onNote = (text: string): void => {
    log('info', 'note', { text });
    terminal.say(text);
  };
  const limitMb = settings.parallelMediaMemoryLimitMb;
  return new UploadJob({
    to,
    openItems: itemsFor(onNote),
    settings,
    cwd,
    outputFolder: dirname(manifestPath),
    sessionName,
    isSequential,
    check,
    ...(limitMb === 0 ? {} : { memoryLimitBytes: limitMb * BYTES_PER_MB }),
    reporter: {
      event: (event) => {
        log('debug', 'upload', { ...event });
        display.event(event);
      },
    },
    onArrived: (file) => {
      entries.arrived(file);
    },
    onNote,
    signal,
  });
}

interface Counting extends AsyncDisposable {
  stop(): void;
}

/** Counts what there is to send while it is sent: a large archive need not be walked through first. */
function countInBackground(
  { signal }: CommandRun,
  { to, itemsFor }: RunUploadRequest,
  display: UploadDisplay,
): Counting {
  const stop = new AbortController();
  const count = async (): Promise<void> => {
    if (!display.wantsTotals) return;
    try {
      await using files = await itemsFor(() => undefined)({ isOnlyListed: true });
      const { fileCount, bytes } = await measureItems(files, AbortSignal.any([signal, stop.signal]));
      const targetCount = new Set(to).size;
      display.measured({ fileCount: fileCount * targetCount, bytes: bytes * targetCount });
    } catch (error) {
      // The run itself meets the same, and says it.
      if (!stop.signal.aborted && !isChatferryError(error)) throw error;
    }
  };
  const counted = count();
  counted.catch(() => undefined); // Waited for below.
  return { stop: () => stop.abort(), [Symbol.asyncDispose]: () => counted };
}
