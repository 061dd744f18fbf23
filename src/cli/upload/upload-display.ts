import type { UploadProgress } from '../../upload/progress/upload-progress.js';
import type { Terminal } from '../terminal/terminal.js';
import type { UploadDisplay } from './display.js';

/** What `--progress` may be. */
export const DISPLAY_KINDS = ['ndjson', 'bars', 'lines', 'none'] as const;
export type DisplayKind = (typeof DISPLAY_KINDS)[number];

/** @param chosen - Undefined: bars on a terminal, lines elsewhere, nothing with `--json` and `--quiet`. */
export async function openDisplay(terminal: Terminal, chosen: DisplayKind | undefined): Promise<UploadDisplay> {
  // Each is loaded when it is wanted: the bars alone would cost every other command their start.
  switch (chosen ?? fittingKind(terminal)) {
    case 'ndjson':
      return { ...SILENT, event: (event) => print(event, terminal) };
    case 'bars':
      return new (await import('./upload-bars.js')).UploadBars(terminal);
    case 'lines':
      return new (await import('./upload-lines.js')).UploadLines(terminal);
    case 'none':
      return { ...SILENT, event: () => undefined };
  }
}

const SILENT: Omit<UploadDisplay, 'event'> = {
  wantsTotals: false,
  measured: () => undefined,
  [Symbol.dispose]: () => undefined,
};

function fittingKind(terminal: Terminal): DisplayKind {
  if (terminal.json || terminal.quiet) return 'none';
  return terminal.isLive ? 'bars' : 'lines';
}

function print(event: UploadProgress, terminal: Terminal): void {
  const isSteady = event.stage !== 'complete' && event.stage !== 'failed';
  if (isSteady && terminal.isBehind) return; // The next one says more.
  terminal.printJson(event);
}
