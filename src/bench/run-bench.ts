import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { withFileErrors } from '../disk/file-error.js';
import { makeFolder } from '../disk/make-folder.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import { safeJson } from '../text/json.js';
import type { BenchDocument } from './bench-document.js';
import { downloads } from './download/download-scenario.js';
import { exportModes } from './export/export-modes.js';
import { mediaProcessing } from './media/media-scenario.js';
import type { Scenario } from './scenario.js';
import { textOnly } from './export/text-only.js';
import { uploads } from './upload/upload-scenario.js';
import { verification } from './verify/verify-scenario.js';

/** All scenarios of `bench`. */
export const SCENARIOS: readonly Scenario[] = [
  exportModes,
  textOnly,
  downloads,
  mediaProcessing,
  verification,
  uploads,
];

export interface BenchRequest {
  /** Names of {@link SCENARIOS}; if empty, the default ones run. */
  readonly scenarios: readonly string[];
  readonly runCount: number;
  readonly maxParallel: number;
  readonly messageCount?: number;
  /** Names of parts of the scenarios; if empty, all parts run. */
  readonly only: readonly string[];
  /** The folder for `<scenario>.json` and `<scenario>.svg`. */
  readonly reportDirectory: string;
  /** Called after each run. */
  readonly onRun: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The results of one scenario, and the files that contain them. */
export interface BenchReport {
  readonly document: BenchDocument;
  /** Absolute or relative, like `reportDirectory`. */
  readonly paths: readonly string[];
}

/**
 * Runs one scenario after the other.
 *
 * @throws {ChatferryError} `USAGE` for an unknown scenario or part, listing the known names.
 */
export async function* runBench(request: BenchRequest): AsyncGenerator<BenchReport, void, void> {
  const { reportDirectory, scenarios: names } = request;
  const chosen = names.length === 0 ? SCENARIOS.filter(({ isDefault }) => isDefault) : names.map(scenarioFor);
  checkParts(request.only, chosen);
  await withFileErrors('create the folder', reportDirectory, () => makeFolder(reportDirectory));
  for (const scenario of chosen) {
    const directory = await mkdtemp(join(tmpdir(), 'chatferry-bench-'));
    try {
      const { document, picture } = await scenario.run({ ...request, directory });
      const jsonPath = join(reportDirectory, `${scenario.name}.json`);
      await writeFile(jsonPath, `${safeJson(document, undefined, 1)}\n`);
      const paths = [jsonPath];
      if (picture !== undefined) {
        const picturePath = join(reportDirectory, `${scenario.name}.svg`);
        await writeFile(picturePath, picture);
        paths.push(picturePath);
      }
      yield { document, paths };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

function scenarioFor(name: string): Scenario {
  const scenario = SCENARIOS.find((candidate) => candidate.name === name);
  if (scenario !== undefined) return scenario;
  const known = SCENARIOS.map((candidate) => candidate.name).join(', ');
  throw new ChatferryError('USAGE', `There is no benchmark "${name}". Benchmarks: ${known}.`);
}

function checkParts(only: readonly string[], scenarios: readonly Scenario[]): void {
  const parts = scenarios.flatMap((scenario) => scenario.parts ?? []);
  const unknown = only.find((name) => !parts.includes(name));
  if (unknown === undefined) return;
  const names = scenarios.map(({ name }) => name).join(', ');
  const known = parts.length === 0 ? 'It has no parts.' : `Parts: ${parts.join(', ')}.`;
  throw new ChatferryError('USAGE', `Benchmark ${names} has no part "${unknown}". ${known}`);
}
