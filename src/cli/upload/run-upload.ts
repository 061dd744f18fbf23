import { dirname } from 'node:path';

import type { ItemsOpening } from '../../app/upload/items/items-opening.js';
import type { LeftOutThere } from '../../app/upload/items/left-out.js';
import { exitCodeOfUpload, TargetTally, type UploadReport } from '../../app/upload/job-report.js';
import { ManifestFile } from '../../app/upload/manifest/manifest-file.js';
import { ManifestEntries } from '../../app/upload/manifest/manifest-entries.js';
import { measureItems } from '../../app/upload/measured-items.js';
import { openSessionRoom } from '../../app/upload/session-room.js';
import { type OpenedItems, UploadJob } from '../../app/upload/upload-job.js';
import { isChatferryError } from '../../errors/chatferry-error.js';
import { exitCodeOf } from '../../errors/error-meaning.js';
import type { UploadSession } from '../../upload/session/upload-session.js';
import type { UploadCheck } from '../../upload/target-run.js';
import type { ExitCode } from '../../errors/exit-code.js';
import type { CommandRun } from '../command-run.js';
import type { UploadDisplay } from './display.js';
import { type DisplayKind, openDisplay } from './upload-display.js';
import { keptLines, keptThere } from './session-lines.js';
import { manifestHint } from './manifest-hint.js';
import { FailureList, failureLines, uploadSummary } from './upload-summary.js';

const BYTES_PER_MB = 1e6;

export interface RunUploadRequest {
  /** As `--to` has them. */
  readonly to: readonly string[];
  /** Makes a new iterator over the files for each pass. */
  readonly itemsFor: (
    onNote: (text: string) => void,
    onLeftOut?: (there: LeftOutThere) => void,
  ) => (opening: ItemsOpening) => Promise<OpenedItems>;
  readonly cwd: string;
  readonly sessionName?: string | undefined;
  readonly progress?: DisplayKind | undefined;
  readonly isSequential?: boolean;
  /** How files that were sent before are checked. @defaultValue `far-end` */
  readonly check?: UploadCheck | undefined;
  /** Absolute. */
  readonly manifestPath: string;
}

/** Sends the named files and writes the manifest, also after an interruption. */
export async function runUpload(run: CommandRun, request: RunUploadRequest): Promise<ExitCode> {
  const { terminal } = run;
  const { cwd, manifestPath } = request;
  const startedMs = Date.now();
  const sent: Sent = {
    failures: new FailureList(),
    entries: new ManifestEntries(),
    tallies: new Map(),
    leftOut: new Map(),
  };
  const { failures, entries, leftOut } = sent;
  let report: UploadReport;
  try {
    report = await send(run, request, sent);
  } catch (error) {
    for (const line of failureLines(failures)) terminal.say(line);
    if (run.signal.aborted) await tellInterrupted(run, request, { sent, startedMs, exitCode: exitCodeOf(error) });
    throw error;
  }
  const exitCode = exitCodeOfUpload(report);
  terminal.printJson({
    type: 'summary',
    exitCode,
    manifest: manifestPath,
    targets: report.targets,
    leftOut: [...leftOut.values()],
    wallMs: report.wallMs,
  });
  terminal.print(uploadSummary(report, failures));
  if (entries.all.length > 0) terminal.say(manifestHint(manifestPath, cwd));
  return exitCode;
}

/** What came of a run so far. */
interface Sent {
  readonly failures: FailureList;
  readonly entries: ManifestEntries;
  /** Of the files that had their turn, by target. */
  readonly tallies: Map<string, TargetTally>;
  /** By path, so that entries left out are reported once, though files are opened for each target. */
  readonly leftOut: Map<string, LeftOutThere>;
}

interface Interrupted {
  readonly sent: Sent;
  readonly startedMs: number;
  readonly exitCode: ExitCode;
}

/** Prints what an interrupted run has done, including files that waited for an earlier one, and what it can resume from. */
async function tellInterrupted(
  { settings, terminal }: CommandRun,
  { manifestPath }: RunUploadRequest,
  { sent: { entries, tallies, leftOut }, startedMs, exitCode }: Interrupted,
): Promise<void> {
  const kept = keptThere(await sessionsSince(startedMs, settings));
  for (const line of keptLines(kept)) terminal.say(line);
  for (const file of entries.waiting) {
    terminal.printJson({ type: 'file', ...file });
    tallyOf(tallies, file.target).add(file);
  }
  const names = new Set([...tallies.keys(), ...kept.map(({ target }) => target)]);
  const targets = [...names].map((target) => {
    const { uploadedCount, presentCount, failedCount, sizeBytes } = tallyOf(tallies, target);
    const { fileCount = 0, bytes = 0 } = kept.find((one) => one.target === target) ?? {};
    return { target, uploadedCount, presentCount, failedCount, sizeBytes, kept: { fileCount, bytes } };
  });
  const wallMs = Date.now() - startedMs;
  terminal.printJson({
    type: 'summary',
    exitCode,
    isInterrupted: true,
    manifest: manifestPath,
    targets,
    leftOut: [...leftOut.values()],
    wallMs,
  });
}

function tallyOf(tallies: Map<string, TargetTally>, target: string): TargetTally {
  const tally = tallies.get(target) ?? new TargetTally();
  tallies.set(target, tally);
  return tally;
}

async function send(run: CommandRun, request: RunUploadRequest, sent: Sent): Promise<UploadReport> {
  const { settings, terminal, signal } = run;
  const { progress, cwd, manifestPath } = request;
  const manifest = new ManifestFile({ path: manifestPath, lockFolder: settings.uploadSessionDir ?? cwd });
  await manifest.requirePlace();
  using display = await openDisplay(terminal, progress);
  const { entries, failures, tallies, leftOut } = sent;
  const files = newJob(run, request, { display, entries, leftOut }).run();
  await using counting = countInBackground(run, request, display);
  try {
    for (;;) {
      const next = await files.next();
      if (next.done === true) return next.value;
      const file = next.value;
      entries.handedOut(file);
      tallyOf(tallies, file.target).add(file);
      // A failure of the whole target is printed once, not for each file.
      if (file.state === 'failed' && file.isGivenUp !== true) failures.add(file);
      terminal.printJson({ type: 'file', ...file });
      // It was said when it was met, but for who wants warnings only.
      if (terminal.quiet && file.startedOver !== undefined)
        terminal.warn(`${file.name} ${startOver(file.startedOver)}`);
      await terminal.room(signal);
    }
  } finally {
    try {
      counting.stop();
      await files.return({} as never); // Sessions are written down by then.
    } finally {
      // Also after an interruption, because those files are at the target. A second Ctrl-C ends the program at once.
      if (entries.all.length > 0) await manifest.add(entries.all, new AbortController().signal);
    }
  }
}

/** What an interrupted run can resume from. */
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

function startOver(reason: string): string {
  return `started over: ${reason}.`;
}

interface Followers extends Pick<Sent, 'entries' | 'leftOut'> {
  readonly display: UploadDisplay;
}

function newJob(run: CommandRun, request: RunUploadRequest, { display, entries, leftOut }: Followers): UploadJob {
  const { settings, terminal, log, signal } = run;
  const { to, itemsFor, cwd, manifestPath, sessionName, isSequential = false, check } = request;
  const onNote = (text: string): void => {
    log('info', 'note', { text });
    terminal.say(text);
  };
  const limitMb = settings.parallelMediaMemoryLimitMb;
  return new UploadJob({
    to,
    openItems: itemsFor(onNote, (there) => leftOut.set(there.path, there)),
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
