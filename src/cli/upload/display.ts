import type { MeasuredItems } from '../../app/upload/measured-items.js';
import type { UploadReporter } from '../../upload/progress/upload-progress.js';

/** Shows how an upload goes, until it is disposed of: bars hide the cursor. */
export interface UploadDisplay extends UploadReporter, Disposable {
  /** Whether it makes use of `measured`. */
  readonly wantsTotals: boolean;
  /** How much there is to send, to all targets together, once it was counted. */
  measured(total: MeasuredItems): void;
}
