import type { RunEvents } from '../../pipeline/export-progress.js';
import type { UploadProgress, UploadReporter } from '../../upload/progress/upload-progress.js';
import { UploadTally } from '../upload/upload-tally.js';

/** As often as an export tells of itself. */
const LEAST_MS_BETWEEN_EVENTS = 200;

export interface ExportUploadProgressOptions {
  readonly reporter: RunEvents;
  /** A monotonic clock. @defaultValue `performance.now` */
  readonly now?: () => number;
}

/** Adds up what an export has sent to each target, and tells it beside how the export itself goes. */
export class ExportUploadProgress implements UploadReporter {
  readonly #reporter: RunEvents;
  readonly #now: () => number;
  readonly #targets = new Map<string, { readonly tally: UploadTally; toldAtMs: number }>();

  constructor({ reporter, now = () => performance.now() }: ExportUploadProgressOptions) {
    this.#reporter = reporter;
    this.#now = now;
  }

  event(event: UploadProgress): void {
    const { target } = event;
    const known = this.#targets.get(target) ?? { tally: new UploadTally(), toldAtMs: -Infinity };
    this.#targets.set(target, known);
    known.tally.add(event);
    if (this.#now() - known.toldAtMs >= LEAST_MS_BETWEEN_EVENTS) this.#tell(target, known);
  }

  /** Tells how all stand now. */
  finish(): void {
    for (const [target, known] of this.#targets) this.#tell(target, known);
  }

  #tell(target: string, known: { readonly tally: UploadTally; toldAtMs: number }): void {
    known.toldAtMs = this.#now();
    const { doneFiles, failedFiles, doneBytes, bytesPerSecond } = known.tally.state;
    this.#reporter.event({ type: 'upload-progress', target, doneFiles, failedFiles, doneBytes, bytesPerSecond });
  }
}
