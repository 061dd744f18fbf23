import { MultiBar, Presets, type Options, type Params, type SingleBar } from 'cli-progress';

import { formatBytes } from '../../metrics/summary-line.js';
import type { ChatProgress, ProgressEvent, ProgressReporter } from '../../pipeline/export-progress.js';
import { countOf, formatCount, formatDuration } from './amounts.js';
import { eventLine } from './progress-lines.js';
import type { Terminal } from './terminal.js';

const BAR_WIDTH = 24;
/** DECAWM: whether a line that is longer than the screen is wide goes on in the next one, or is cut. */
const WRAP_LINES = '\u001B[?7h';
const CUT_LINES = '\u001B[?7l';
/** ED: what stands on the screen from here on goes. */
const ERASE_BELOW = '\u001B[J';

interface Bars {
  readonly multi: MultiBar;
  readonly messages: SingleBar;
  readonly media: SingleBar;
  readonly permits: SingleBar;
}

/**
 * Progress on a terminal: one bar for messages, one line for media, one for the permits, redrawn in place; events are
 * written above them. Disposing takes the bars down and gives the cursor back.
 */
export class BarReporter implements ProgressReporter, Disposable {
  readonly #terminal: Terminal;
  #bars: Bars | undefined;
  /** On the monotonic clock. */
  #pauseUntilMs = 0;
  #startedAtMs = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  event(event: ProgressEvent): void {
    if (event.type === 'chat-started') this.#start(event.messagesTotal);
    else if (event.type === 'progress') this.#update(event);
    else if (event.type === 'chat-finished') this[Symbol.dispose]();
    else if (event.type === 'flood-wait') this.#pauseUntilMs = performance.now() + event.waitMs;
    const line = eventLine(event);
    if (line !== undefined) this.#terminal.say(line);
  }

  [Symbol.dispose](): void {
    this.#terminal.writeAbove(undefined);
    this.#bars?.multi.update(); // stop() would drop the lines that came since the last redrawing.
    this.#bars?.multi.stop();
    this.#bars = undefined;
  }

  #start(messagesTotal: number | undefined): void {
    this[Symbol.dispose]();
    this.#startedAtMs = performance.now();
    const multi = new MultiBar(
      {
        stream: this.#terminal.stderr as NodeJS.WritableStream,
        hideCursor: true,
        clearOnComplete: true,
        linewrap: false,
        gracefulExit: false, // Ctrl-C is ours to handle: it must end the run in order, not only the bars.
      },
      Presets.shades_classic,
    );
    const row = (format: NonNullable<Options['format']>): SingleBar => multi.create(0, 0, {}, { format });
    this.#bars = {
      multi,
      messages: row(messagesRow),
      media: row((_options, _params, payload: unknown) => this.#mediaRow(payload)),
      permits: row((_options, _params, payload: unknown) => this.#permitsRow(payload)),
    };
    this.#bars.messages.setTotal(messagesTotal ?? 0);
    this.#terminal.writeAbove((text) => {
      // Bars are cut where the screen ends, but what is said must be read whole, and may take the place of several bars.
      multi.log(`${ERASE_BELOW}${WRAP_LINES}${text}${CUT_LINES}`);
    });
  }

  #update(progress: ChatProgress): void {
    if (this.#bars === undefined) return;
    const { messages, media, permits } = this.#bars;
    // The total was counted before the run; messages that arrive meanwhile must not make it 101 %.
    messages.setTotal(
      progress.messagesTotal === undefined ? 0 : Math.max(progress.messagesTotal, progress.messagesDone),
    );
    messages.update(progress.messagesDone);
    media.update(0, { progress });
    permits.update(0, { progress });
  }

  #mediaRow(payload: unknown): string {
    const progress = progressOf(payload);
    if (progress === undefined) return 'Media     none yet';
    const seconds = Math.max(0.001, (performance.now() - this.#startedAtMs) / 1000);
    const failed = progress.mediaFailed === 0 ? '' : ` · ${countOf(progress.mediaFailed, 'failure')}`;
    const bytes = `${formatBytes(progress.bytesDone)} · ${formatBytes(Math.round(progress.bytesDone / seconds))}/s`;
    return `Media     ${formatCount(progress.mediaDone)} done${failed} · ${bytes}`;
  }

  #permitsRow(payload: unknown): string {
    const progress = progressOf(payload);
    const pauseMs = this.#pauseUntilMs - performance.now();
    const pause = pauseMs > 0 ? ` · pause ordered by Telegram: ${formatDuration(pauseMs)} left` : '';
    if (progress === undefined) return `At once   0${pause}`;
    const { inFlight, permits } = progress;
    const gauge = `${'▮'.repeat(Math.min(inFlight, permits))}${'▯'.repeat(Math.max(0, permits - inFlight))}`;
    const throttled = progress.throttled ? ' · throttled by memory' : '';
    return `At once   ${String(inFlight)} of ${String(permits)} ${gauge}${throttled}${pause}`;
  }
}

function messagesRow(options: Options, { value, total, progress, eta }: Params): string {
  if (total === 0) return `Messages  ${formatCount(value)}`;
  const full = Math.floor(progress * BAR_WIDTH);
  const complete = options.barCompleteChar ?? '█';
  const incomplete = options.barIncompleteChar ?? '░';
  const bar = complete.repeat(full) + incomplete.repeat(BAR_WIDTH - full);
  const left = Number.isFinite(eta) && value < total ? ` · ${formatDuration(eta * 1000)} left` : '';
  return `Messages  ${bar} ${String(Math.floor(progress * 100))} % · ${formatCount(value)} of ${formatCount(total)}${left}`;
}

function progressOf(payload: unknown): ChatProgress | undefined {
  return (payload as { readonly progress?: ChatProgress } | undefined)?.progress;
}
