import type { ProgressEvent, ProgressReporter } from '../../../pipeline/export-progress.js';
import { shownEvent } from './json-reporter.js';
import type { Log } from '../log/log.js';
import type { Terminal } from '../terminal.js';

/** Shows progress until it is disposed of, which must happen before the program ends: bars hide the cursor. */
export interface DisposableReporter extends ProgressReporter, Disposable {}

/**
 * The reporter that fits: lines of JSON with `--json`, nothing with `--quiet`, bars on a terminal, lines elsewhere.
 * Every event but steady progress also goes to the log.
 */
export async function openReporter(terminal: Terminal, log: Log): Promise<DisposableReporter> {
  const shown = await fittingReporter(terminal);
  return {
    event: (event) => {
      logEvent(event, log);
      shown.event(event);
    },
    room: async (signal) => {
      await shown.room?.(signal);
    },
    [Symbol.dispose]: () => {
      if (Symbol.dispose in shown) shown[Symbol.dispose]();
    },
  };
}

// Each reporter is loaded when it is wanted: the bars alone would cost every other command their start.
async function fittingReporter(terminal: Terminal): Promise<ProgressReporter | DisposableReporter> {
  if (terminal.json) return new (await import('./json-reporter.js')).JsonReporter(terminal);
  if (terminal.quiet) return { event: () => undefined };
  if (terminal.isLive) return new (await import('./bar-reporter.js')).BarReporter(terminal);
  return new (await import('./line-reporter.js')).LineReporter(terminal);
}

function logEvent(event: ProgressEvent, log: Log): void {
  switch (event.type) {
    case 'progress':
    case 'previews':
    case 'upload-progress':
      log('debug', event.type, shownEvent(event));
      return;
    case 'chat-position':
    case 'chat-started':
    case 'chat-finished':
      log('info', event.type, { ...shownEvent(event), chat: event.chat.peerId });
      return;
    case 'flood-wait':
    case 'fallback-to-sequential':
    case 'throttle':
    case 'rendered':
    case 'note':
      log('info', event.type, { ...event });
  }
}
