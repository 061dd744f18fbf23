import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runProgram } from '../../../children/start-program.js';
import type { BenchFile, S3Access } from '../upload-task.js';

/** Whether Debian's `s3cmd` is installed. */
export async function hasS3cmd(signal: AbortSignal): Promise<boolean> {
  try {
    await runProgram('s3cmd', ['--version'], { signal });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

export interface S3cmdOptions {
  /** For its configuration. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/**
 * Sends files with `s3cmd put`, which sends parts of 15 MB one after the other.
 *
 * @returns seconds, including about 0.3 for its start.
 */
export async function runS3cmd(
  files: readonly BenchFile[],
  s3: S3Access,
  { directory, signal }: S3cmdOptions,
): Promise<number> {
  const { endpoint, accessKeyId, secretAccessKey, region, bucket, prefix } = s3;
  const { host } = new URL(endpoint);
  const configuration = join(directory, 's3cmd.ini');
  await writeFile(
    configuration,
    [
      '[default]',
      `access_key = ${accessKeyId}`,
      `secret_key = ${secretAccessKey}`,
      `bucket_location = ${region}`,
      `host_base = ${host}`,
      `host_bucket = ${host}`,
      'use_https = False',
      '',
    ].join('\n'),
  );
  const startedMs = performance.now();
  const paths = files.map(({ path }) => path);
  await runProgram(
    's3cmd',
    ['--config', configuration, '--no-progress', 'put', ...paths, `s3://${bucket}/${prefix}/`],
    {
      signal,
    },
  );
  return (performance.now() - startedMs) / 1000;
}
