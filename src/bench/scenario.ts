import type { BenchDocument } from './bench-document.js';

export interface ScenarioOptions {
  /** Runs of each subject; medians want five at least. */
  readonly runCount: number;
  /** Permits of the parallel subjects. */
  readonly maxParallel: number;
  /** Overrides the scenario's own size, for a quick look. */
  readonly messageCount?: number;
  /** Which of {@link Scenario.parts} to measure; all of them when empty. */
  readonly only: readonly string[];
  /** An empty folder for archives, keys and sessions. */
  readonly directory: string;
  /** Told each run as it ends. */
  readonly onRun: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What a scenario found. */
export interface ScenarioResult {
  readonly document: BenchDocument;
  /** SVG, where a picture says more. */
  readonly picture?: string;
}

/** One thing to measure, subjects side by side and alternating in one run. */
export interface Scenario {
  /** What `bench` takes: `export`, `text`. */
  readonly name: string;
  readonly description: string;
  /** Whether `bench` runs it when nothing is named. */
  readonly isDefault: boolean;
  /** Names of what can be measured alone, where there is such. */
  readonly parts?: readonly string[];
  run(options: ScenarioOptions): Promise<ScenarioResult>;
}
