import type { DemoUpload, DemoUploadOptions } from '../app/upload/demo-upload.js';
import { formatBytes } from '../metrics/summary-line.js';
import { countOf, formatCount } from './terminal/amounts.js';
import type { Terminal } from './terminal/terminal.js';

/** Starts the server that the demo uploads to. @throws {ChatferryError} */
export async function startDemoUpload(options: DemoUploadOptions): Promise<DemoUpload> {
  const { DemoUpload } = await import('../app/upload/demo-upload.js');
  return DemoUpload.start(options);
}

/** Uploads what is left, reads everything back, and says what happened. @throws {ChatferryError} what went wrong. */
export async function endDemoUpload(demo: DemoUpload, terminal: Terminal): Promise<void> {
  const report = await demo.finish();
  const { target, fileCount, sizeBytes, earlyCount, verifiedCount } = report;
  terminal.printJson({ type: 'demo-upload', ...report });
  terminal.print(
    `Uploaded ${countOf(fileCount, 'file')} (${formatBytes(sizeBytes)}) to ${target}, ${formatCount(earlyCount)} of them while the export was at work.`,
  );
  terminal.print(`Read ${countOf(verifiedCount, 'file')} back and compared by SHA-256: all are as in the archive.`);
  terminal.print('The server and what it had are gone again; the archive stays.');
}
