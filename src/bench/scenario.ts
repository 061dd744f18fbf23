import type { BenchDocument } from './bench-document.js';

export interface ScenarioOptions {
  /** Runs of each subject; medians need at least five. */
  readonly runCount: number;
  /** Permits of the parallel subjects. */
  readonly maxParallel: number;
  /** Overrides the scenario's own size, for a quick test. */
  readonly messageCount?: number;
  /** Which of {@link Scenario.parts} to measure; all of them when empty. */
  readonly only: readonly string[];
  /** An empty folder for archives, keys and sessions. */
  readonly directory: string;
  /** Called after each run. */
  readonly onRun: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The result of a scenario. */
export interface ScenarioResult {
  readonly document: BenchDocument;
  /** SVG, if there is a picture. */
  readonly picture?: string;
}

/** A measurement that compares subjects, alternating in one run. */
export interface Scenario {
  /** The argument of `bench`: `export`, `text`. */
  readonly name: string;
  readonly description: string;
  /** Whether `bench` runs it without arguments. */
  readonly isDefault: boolean;
  /** Names of parts that can be measured separately, if any. */
  readonly parts?: readonly string[];
  run(options: ScenarioOptions): Promise<ScenarioResult>;
}
