import type { DemoUpload } from '../../app/upload/demo-upload.js';
import { formatBytes } from '../../metrics/summary-line.js';
import { printableLine } from '../../text/printable.js';
import type { CommandRun } from '../command-run.js';
import { ExportUploadDisplay } from '../export/export-upload-display.js';
import { countOf, formatCount } from '../terminal/amounts.js';
import type { Terminal } from '../terminal/terminal.js';

/** The upload of a demo, and what shows it. Disposing of it stops the server. */
export interface ShownDemoUpload extends AsyncDisposable {
  readonly demo: DemoUpload;
  readonly display: ExportUploadDisplay;
}

/** Starts the server that the demo uploads to. @throws {ChatferryError} */
export async function startDemoUpload(
  { settings, reporter, terminal, signal }: CommandRun,
  cwd: string,
): Promise<ShownDemoUpload> {
  const { DemoUpload } = await import('../../app/upload/demo-upload.js');
  const display = new ExportUploadDisplay(terminal, reporter);
  const onNote = (text: string): void => {
    reporter.event({ type: 'note', text });
  };
  const demo = await DemoUpload.start({ settings, cwd, reporter: display, onNote, signal });
  return { demo, display, [Symbol.asyncDispose]: () => demo[Symbol.asyncDispose]() };
}

/** Uploads the rest, reads everything back, and prints the result. @throws {ChatferryError} */
export async function endDemoUpload(
  { demo, display }: ShownDemoUpload,
  terminal: Terminal,
  directory: string,
): Promise<void> {
  const report = await display.finish(() => demo.finish());
  const { target, fileCount, sizeBytes, earlyCount, verifiedCount } = report;
  terminal.printJson({ type: 'demo-upload', ...report });
  const when =
    earlyCount === 0 ? 'when the export was done' : `${formatCount(earlyCount)} of them while the export was running`;
  terminal.print(`Uploaded ${countOf(fileCount, 'file')} (${formatBytes(sizeBytes)}) to ${target}, ${when}.`);
  if (earlyCount === 0) {
    terminal.print(
      printableLine(
        `${directory} already contains the demo, so there was nothing new to upload early. Use a new folder to see it: --out <folder>.`,
      ),
    );
  }
  terminal.print(`Read ${countOf(verifiedCount, 'file')} back and compared by SHA-256: all are as in the archive.`);
  terminal.print('The server and its files were removed; the archive stays.');
}
