import { median, rounded } from './statistics.js';

/** The measurements of one subject, run by run. */
export interface BenchResult {
  /** What was measured: `window`, `sequential`, … */
  readonly subject: string;
  /** `wall`, `utilisation`, `peak-memory`, … */
  readonly metric: string;
  readonly unit: string;
  readonly median: number;
  readonly runs: readonly number[];
}

/** The output of a benchmark with `--json`: one document, with the same format for every scenario. */
export interface BenchDocument {
  readonly scenario: string;
  readonly results: readonly BenchResult[];
  /** `window/sequential`: how many times better the first is than the second. */
  readonly ratios: Readonly<Record<string, number>>;
  /** The bottleneck of the fastest subject, for readers. */
  readonly limit?: string;
}

/** Collects measurements and summarises them. */
export class Measurements {
  readonly #runs = new Map<string, { subject: string; metric: string; unit: string; runs: number[] }>();
  readonly #subjects: readonly string[];

  /** @param subjects - In display order; others follow. */
  constructor(subjects: readonly string[] = []) {
    this.#subjects = subjects;
  }

  add(subject: string, metric: string, { unit, value }: { readonly unit: string; readonly value: number }): void {
    const key = `${subject}\n${metric}`;
    const entry = this.#runs.get(key) ?? { subject, metric, unit, runs: [] };
    entry.runs.push(value);
    this.#runs.set(key, entry);
  }

  /** @throws {RangeError} when nothing was measured under these names. */
  median(subject: string, metric: string): number {
    return median(this.#runs.get(`${subject}\n${metric}`)?.runs ?? []);
  }

  results(): readonly BenchResult[] {
    const place = (subject: string): number => {
      const index = this.#subjects.indexOf(subject);
      return index === -1 ? this.#subjects.length : index;
    };
    const inOrder = [...this.#runs.values()].sort((one, other) => place(one.subject) - place(other.subject));
    return inOrder.map(({ subject, metric, unit, runs }) => ({
      subject,
      metric,
      unit,
      median: rounded(median(runs)),
      runs: runs.map(rounded),
    }));
  }
}
