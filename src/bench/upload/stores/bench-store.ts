import type { ChildEnvironment } from '../../child-program.js';
import type { BenchFile, S3Access } from '../upload-task.js';

/** How clients reach a store over a line. */
export interface StoreAccess {
  /** The spec for `chatferry upload --to`. */
  readonly target: string;
  readonly s3?: S3Access;
  /** The variables that this program needs for it. */
  readonly environment: ChildEnvironment;
}

/** A server to upload to, on loopback. Disposing of it stops it. */
export interface BenchStore extends AsyncDisposable {
  /** For the report. */
  readonly description: string;
  readonly port: number;
  /** @param linePort - The port of the line to the server. @param run - A new name for the files of one run. */
  access(linePort: number, run: string): StoreAccess;
  /**
   * Checks that the files of a run are complete, and removes them.
   *
   * @throws {ChatferryError} `INTERNAL` when one is missing or has another size: the measurement is invalid.
   */
  removeFiles(run: string, files: readonly BenchFile[]): Promise<void>;
}
