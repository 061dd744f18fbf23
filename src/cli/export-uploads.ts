import { dirname } from 'node:path';

import type { ExportUploadReport, ExportUploads } from '../app/upload/export/export-uploads.js';
import type { FollowedReport } from '../app/upload/export/followed-target.js';
import { ExitCode } from '../errors/exit-code.js';
import { formatBytes } from '../metrics/summary-line.js';
import type { ExportFollower } from '../app/create-export.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import { printableLine } from '../text/printable.js';
import type { UploadReporter } from '../upload/progress/upload-progress.js';
import type { CommandRun } from './command-run.js';
import { ExportManifest, type ExportManifestPlace } from './export-manifest.js';
import { ExportUploadProgress } from './export-upload-progress.js';
import { manifestHint } from './upload/manifest-hint.js';
import { countOf, formatCount } from './terminal/amounts.js';
import type { Terminal } from './terminal/terminal.js';

/** More would push the rest off the screen; `--json` has them all. */
const MOST_FAILED_LINES = 20;

const BYTES_PER_MB = 1e6;

/** The uploads of an export, and what they show and write down. Disposing of it stops them, and writes down what is there. */
export class ExportUploadRun implements AsyncDisposable {
  readonly #run: CommandRun;
  readonly #cwd: string;
  readonly #uploads: ExportUploads;
  readonly #manifest: ExportManifest | undefined;
  readonly #progress: ExportUploadProgress;
  readonly #shown: ShownUploads;

  private constructor(
    run: CommandRun,
    cwd: string,
    parts: {
      uploads: ExportUploads;
      manifest: ExportManifest | undefined;
      shown: ShownUploads;
      progress: ExportUploadProgress;
    },
  ) {
    this.#run = run;
    this.#cwd = cwd;
    this.#uploads = parts.uploads;
    this.#manifest = parts.manifest;
    this.#shown = parts.shown;
    this.#progress = parts.progress;
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
      import('../app/upload/export/export-uploads.js'),
      import('../app/upload/export/target-list.js'),
    ]);
    const manifest = await ExportManifest.open(run, place);
    const progress = new ExportUploadProgress({ reporter });
    const shown: ShownUploads = { display: progress };
    const limitMb = settings.parallelMediaMemoryLimitMb;
    const uploads = await ExportUploads.open({
      to: targetList(settings.exportUploadTo),
      settings,
      cwd: place.cwd,
      outputFolder: manifest === undefined ? place.cwd : dirname(manifest.path),
      reporter: {
        event: (event) => {
          shown.display.event(event);
        },
      },
      ...(limitMb === 0 ? {} : { memoryLimitBytes: limitMb * BYTES_PER_MB }),
      onFile: (file) => {
        manifest?.add(file);
        terminal.printJson({ type: 'file', ...file });
      },
      onNote: (text) => {
        reporter.event({ type: 'note', text });
      },
      signal,
    });
    return new ExportUploadRun(run, place.cwd, { uploads, manifest, shown, progress });
  }

  /** What the export is to tell of its files. */
  get follower(): ExportFollower {
    return this.#uploads;
  }

  /**
   * Sends what is left when the export has ended, and says what became of all.
   *
   * @param ofExport - The exit code of the export itself.
   * @returns the exit code of both. What is wrong with the export goes before what is wrong with its uploads.
   */
  async end(ofExport: ExitCode): Promise<ExitCode> {
    const { terminal, reporter } = this.#run;
    const { exitCodeOfUpload } = await import('../app/upload/job-report.js');
    reporter.event({ type: 'note', text: 'The export is done. Uploading what is left of the archive …' });
    const report = await this.#finish();
    const exitCode = ofExport === ExitCode.complete ? exitCodeOfUpload(report) : ofExport;
    const { targets, wallMs } = report;
    const isWritten = (await this.#manifest?.write()) === true;
    const manifest = this.#manifest?.path;
    terminal.printJson({ type: 'uploads', targets, manifest, durationMs: Math.round(wallMs), exitCode });
    printReport(terminal, report);
    if (isWritten && manifest !== undefined) terminal.say(manifestHint(manifest, this.#cwd));
    return exitCode;
  }

  /** The bars of the export are gone by now: on a terminal those of uploads take their place. */
  async #finish(): Promise<ExportUploadReport> {
    const { terminal } = this.#run;
    if (!terminal.isLive || terminal.json || terminal.quiet) {
      const report = await this.#uploads.finish();
      this.#progress.finish();
      return report;
    }
    const { openDisplay } = await import('./upload/upload-display.js');
    using display = await openDisplay(terminal, 'bars');
    this.#shown.display = display;
    return await this.#uploads.finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#uploads[Symbol.asyncDispose]();
    await this.#manifest?.write();
  }
}

/** What shows uploads changes when the export has ended. */
interface ShownUploads {
  display: UploadReporter;
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
    terminal.print('Nothing of the export is lost by that: the next one sends what is missing there.');
  }
}

function doneLine({ target, uploadedCount, presentCount, sizeBytes }: FollowedReport): string {
  const present = presentCount === 0 ? '' : `, ${formatCount(presentCount)} were there`;
  return `${printableLine(target)}: ${countOf(uploadedCount, 'file')} uploaded (${formatBytes(sizeBytes)})${present}`;
}
