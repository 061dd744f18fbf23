import { dirname } from 'node:path';

import type { ExportUploadReport, ExportUploads } from '../../app/upload/export/export-uploads.js';
import type { FollowedReport } from '../../app/upload/export/followed-target.js';
import { ExitCode } from '../../errors/exit-code.js';
import { formatBytes } from '../../metrics/summary-line.js';
import type { ExportFollower } from '../../app/export/create-export.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { printableLine } from '../../text/printable.js';
import type { CommandRun } from '../command-run.js';
import { ExportManifest, type ExportManifestPlace } from './export-manifest.js';
import { ExportUploadDisplay } from './export-upload-display.js';
import { manifestHint } from '../upload/manifest-hint.js';
import { countOf, formatCount } from '../terminal/amounts.js';
import type { Terminal } from '../terminal/terminal.js';

/** More would push the rest off the screen; `--json` has them all. */
const MOST_FAILED_LINES = 20;

const BYTES_PER_MB = 1e6;

/** The uploads of an export, their display and their manifest. Disposing stops them and writes the manifest. */
export class ExportUploadRun implements AsyncDisposable {
  readonly #run: CommandRun;
  readonly #cwd: string;
  readonly #uploads: ExportUploads;
  readonly #manifest: ExportManifest | undefined;
  readonly #display: ExportUploadDisplay;

  private constructor(
    run: CommandRun,
    cwd: string,
    parts: {
      uploads: ExportUploads;
      manifest: ExportManifest | undefined;
      display: ExportUploadDisplay;
    },
  ) {
    this.#run = run;
    this.#cwd = cwd;
    this.#uploads = parts.uploads;
    this.#manifest = parts.manifest;
    this.#display = parts.display;
  }

  /** Opens the targets of `EXPORT_UPLOAD_TO`. Undefined where there is none. @throws {ChatferryError} `USAGE`; `FILE_SYSTEM`. */
  static async open(run: CommandRun, place: ExportManifestPlace): Promise<ExportUploadRun | undefined> {
    const { settings, reporter, terminal, signal } = run;
    if (settings.exportUploadTo === undefined) {
      if (place.named === undefined) return undefined;
      throw new ChatferryError(
        'USAGE',
        `--manifest ${place.named} is for uploads. Say where to: --upload-to dir:/path, for one.`,
      );
    }
    const [{ ExportUploads }, { targetList }] = await Promise.all([
      import('../../app/upload/export/export-uploads.js'),
      import('../../app/upload/export/target-list.js'),
    ]);
    const manifest = await ExportManifest.open(run, place);
    const display = new ExportUploadDisplay(terminal, reporter);
    const limitMb = settings.parallelMediaMemoryLimitMb;
    const uploads = await ExportUploads.open({
      to: targetList(settings.exportUploadTo),
      settings,
      cwd: place.cwd,
      directory: settings.exportDir,
      outputFolder: manifest === undefined ? place.cwd : dirname(manifest.path),
      reporter: display,
      ...(limitMb === 0 ? {} : { memoryLimitBytes: limitMb * BYTES_PER_MB }),
      onArrived: (file) => {
        manifest?.arrived(file);
      },
      onFile: (file) => {
        manifest?.add(file);
        terminal.printJson({ type: 'file', ...file });
      },
      onNote: (text) => {
        reporter.event({ type: 'note', text });
      },
      signal,
    });
    return new ExportUploadRun(run, place.cwd, { uploads, manifest, display });
  }

  /** What the export is to tell of its files. */
  get follower(): ExportFollower {
    return this.#uploads;
  }

  /**
   * Sends the rest after the export has ended, and prints the results.
   *
   * @param ofExport - The exit code of the export itself.
   * @returns the exit code of both. Failures of the export take precedence over those of its uploads.
   */
  async end(ofExport: ExitCode): Promise<ExitCode> {
    const { terminal, reporter } = this.#run;
    const { exitCodeOfUpload } = await import('../../app/upload/job-report.js');
    reporter.event({ type: 'note', text: 'The export is done. Uploading the rest of the archive …' });
    const report = await this.#display.finish(() => this.#uploads.finish());
    const exitCode = ofExport === ExitCode.complete ? exitCodeOfUpload(report) : ofExport;
    const { targets, wallMs } = report;
    const isWritten = (await this.#manifest?.write()) === true;
    const manifest = this.#manifest?.path;
    terminal.printJson({ type: 'uploads', targets, manifest, durationMs: Math.round(wallMs), exitCode });
    printReport(terminal, report);
    if (isWritten && manifest !== undefined) terminal.say(manifestHint(manifest, this.#cwd));
    return exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#uploads[Symbol.asyncDispose]();
    await this.#manifest?.write();
  }
}

function printReport(terminal: Terminal, { targets }: ExportUploadReport): void {
  for (const report of targets) {
    terminal.print(doneLine(report));
    for (const { name, reason } of report.failed.slice(0, MOST_FAILED_LINES)) {
      terminal.print(`${terminal.color.red('not uploaded:')} ${printableLine(name)}: ${printableLine(reason)}`);
    }
    const hiddenCount = report.failed.length - MOST_FAILED_LINES;
    if (hiddenCount > 0) terminal.print(`… and ${formatCount(hiddenCount)} more: --json lists them all.`);
    if (report.failure !== undefined) {
      terminal.print(`${terminal.color.red('not uploaded:')} ${printableLine(report.failure.message)}`);
    }
    if (report.failure === undefined && report.failed.length === 0) continue;
    terminal.print('The export itself is complete: the next one sends what is missing there.');
  }
}

function doneLine({ target, uploadedCount, presentCount, sizeBytes }: FollowedReport): string {
  const present = presentCount === 0 ? '' : `, ${formatCount(presentCount)} were there`;
  return `${printableLine(target)}: ${countOf(uploadedCount, 'file')} uploaded (${formatBytes(sizeBytes)})${present}`;
}
