import type { ExportUploadReport, ExportUploads } from '../app/upload/export/export-uploads.js';
import type { FollowedReport } from '../app/upload/export/followed-target.js';
import { ExitCode } from '../errors/exit-code.js';
import { formatBytes } from '../metrics/summary-line.js';
import { printableLine } from '../text/printable.js';
import type { CommandRun } from './command-run.js';
import { countOf, formatCount } from './terminal/amounts.js';
import type { Terminal } from './terminal/terminal.js';

/** More would push the rest off the screen; `--json` has them all. */
const MOST_FAILED_LINES = 20;

/** Opens the targets of `EXPORT_UPLOAD_TO`. Undefined where there is none. @throws {ChatferryError} `USAGE`; `FILE_SYSTEM`. */
export async function openExportUploads(
  { settings, reporter, signal }: Pick<CommandRun, 'settings' | 'reporter' | 'signal'>,
  cwd: string,
): Promise<ExportUploads | undefined> {
  if (settings.exportUploadTo === undefined) return undefined;
  const [{ ExportUploads }, { targetList }] = await Promise.all([
    import('../app/upload/export/export-uploads.js'),
    import('../app/upload/export/target-list.js'),
  ]);
  const to = targetList(settings.exportUploadTo);
  const onNote = (text: string): void => {
    reporter.event({ type: 'note', text });
  };
  return ExportUploads.open({ to, settings, cwd, reporter: { event: () => undefined }, onNote, signal });
}

/**
 * Sends what is left when the export has ended, and says what became of all.
 *
 * @param ofExport - The exit code of the export itself.
 * @returns the exit code of both. What is wrong with the export goes before what is wrong with its uploads.
 */
export async function endExportUploads(
  uploads: ExportUploads,
  ofExport: ExitCode,
  { terminal, reporter }: Pick<CommandRun, 'terminal' | 'reporter'>,
): Promise<ExitCode> {
  const { exitCodeOfUpload } = await import('../app/upload/job-report.js');
  reporter.event({ type: 'note', text: 'The export is done. Uploading what is left of the archive …' });
  const report = await uploads.finish();
  const exitCode = ofExport === ExitCode.complete ? exitCodeOfUpload(report) : ofExport;
  const { targets, wallMs } = report;
  terminal.printJson({ type: 'uploads', targets, durationMs: Math.round(wallMs), exitCode });
  printReport(terminal, report);
  return exitCode;
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
