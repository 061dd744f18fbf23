import type { ChildEnvironment } from '../../child-program.js';
import type { BenchFile, S3Access } from '../upload-task.js';

/** How clients reach a store over a line. */
export interface StoreAccess {
  /** As `chatferry upload --to` takes it. */
  readonly target: string;
  readonly s3?: S3Access;
  /** What this program needs for it. */
  readonly environment: ChildEnvironment;
}

/** A server to upload to, on loopback. Disposing of it ends it. */
export interface BenchStore extends AsyncDisposable {
  /** For the report. */
  readonly description: string;
  readonly port: number;
  /** @param linePort - Of the line that leads to it. @param run - Names what is sent in one run: nothing is there yet. */
  access(linePort: number, run: string): StoreAccess;
  /**
   * Checks that the files of a run are there, whole, and removes them.
   *
   * @throws {ChatferryError} `INTERNAL` when one is missing or has another size: the measurement means nothing.
   */
  takeAway(run: string, files: readonly BenchFile[]): Promise<void>;
}
