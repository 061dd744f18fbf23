import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { startProgram } from '../../children/start-program.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { makeArchiveOfFiles } from './archive-of-files.js';
import { Measurements } from '../bench-document.js';
import { runToEnd } from '../child-program.js';
import type { Scenario, ScenarioOptions, ScenarioResult } from '../scenario.js';
import { rounded } from '../statistics.js';

const FILE_COUNT = 64;
const FILE_BYTES = 4_000_000;
const BYTES_PER_MB = 1_000_000;

/** The subjects, measured in turns: this program, and the system's `sha256sum` over the same files. */
const SUBJECTS = ['verify', 'sha256sum', 'sha256sum-2'] as const;
type Subject = (typeof SUBJECTS)[number];

/** The speed of `verify`, compared with `sha256sum` of the same files, one and two at a time. */
export const verification: Scenario = {
  name: 'verify',
  description: 'files of 4 MB, in the page cache, checked by verify and by sha256sum, one process and two',
  isDefault: false,
  run: measure,
};

async function measure(options: ScenarioOptions): Promise<ScenarioResult> {
  const { directory, signal, runCount, onRun, messageCount: fileCount = FILE_COUNT } = options;
  const archive = join(directory, 'archive');
  const folder = await makeArchiveOfFiles(archive, { fileCount, fileBytes: FILE_BYTES, signal });
  onRun(`${fileCount} files are made`);
  const measurements = new Measurements(SUBJECTS);
  const megabytes = (fileCount * FILE_BYTES) / BYTES_PER_MB;
  for (let round = 1; round <= runCount; round += 1) {
    for (const [index] of SUBJECTS.entries()) {
      const subject = SUBJECTS[(index + round) % SUBJECTS.length] ?? 'verify';
      const seconds =
        subject === 'verify' ? await runVerify(archive, options) : await runSha256sum(subject, folder, signal);
      if (seconds === undefined) continue;
      measurements.add(subject, 'wall', { unit: 's', value: seconds });
      measurements.add(subject, 'speed', { unit: 'MB/s', value: megabytes / seconds });
      onRun(`${subject} ${round}/${runCount}: ${(megabytes / seconds).toFixed(0)} MB/s`);
    }
  }
  const results = measurements.results();
  const isMeasured = (subject: Subject): boolean => results.some((result) => result.subject === subject);
  const ratio = (other: Subject): Record<string, number> =>
    isMeasured(other)
      ? { [`verify/${other}`]: rounded(measurements.median(other, 'wall') / measurements.median('verify', 'wall')) }
      : {};
  return {
    document: {
      scenario: `${verification.name}: ${fileCount} ${verification.description}, on ${availableParallelism()} cores`,
      results,
      ratios: { ...ratio('sha256sum'), ...ratio('sha256sum-2') },
    },
  };
}

/** Seconds from the first access to the database to the last byte, as reported by the program. */
async function runVerify(archive: string, { directory, signal }: ScenarioOptions): Promise<number> {
  const printed = await runToEnd(['verify', '--out', archive, '--json'], { environment: {}, cwd: directory, signal });
  const summary = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as { readonly wallMs: number };
  return summary.wallMs / 1000;
}

/** Undefined if there is no such program. */
async function runSha256sum(
  subject: 'sha256sum' | 'sha256sum-2',
  folder: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (process.platform === 'win32') return undefined;
  const command = `command -v sha256sum >/dev/null || exit 127
find . -type f -name '*.bin' -print0 | xargs -0 -n 8 -P ${subject === 'sha256sum' ? 1 : 2} sha256sum >/dev/null`;
  const startedMs = performance.now();
  const child = startProgram('sh', ['-c', command], { cwd: folder, stdio: 'ignore', signal });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 127) return undefined;
  if (code !== 0) throw new ChatferryError('INTERNAL', `sha256sum ended with ${String(code)}.`);
  return (performance.now() - startedMs) / 1000;
}
