/** The jobs of one run: when they are handed over, how long each takes, and whether each of them fails. */
export interface PlannedRun {
  readonly arrivalMs: number;
  readonly durationsMs: readonly number[];
  readonly fails: boolean;
}

/** One job that got its permit. */
export interface JobStart {
  readonly run: number;
  readonly job: number;
  readonly atMs: number;
}

interface RunState {
  readonly plan: PlannedRun;
  waiting: number[];
  heldCount: number;
  lastTurn: number;
  failureCount: number;
}

/** Failures, of fewer than 50 jobs, that a run bears before it becomes sequential: 5 % of 50, rounded down. */
const FAILURES_BORNE = 2;

/**
 * What a fair processor does with such runs, in plain arithmetic: whenever a permit is free, the run that holds the fewest
 * and may hold one more gets it; between equals the one that was served
 * least recently; between those that were never served the one that came first.
 */
export function fairStarts(plans: readonly PlannedRun[], permitCount: number): readonly JobStart[] {
  const runs: RunState[] = plans.map((plan) => ({ plan, waiting: [], heldCount: 0, lastTurn: 0, failureCount: 0 }));
  const starts: JobStart[] = [];
  const ends: { readonly run: number; readonly atMs: number }[] = [];
  const arrivals = plans.map(({ arrivalMs }, run) => ({ run, atMs: arrivalMs })).sort(byTime);
  for (;;) {
    ends.sort(byTime);
    const isArrival = (arrivals[0]?.atMs ?? Infinity) <= (ends[0]?.atMs ?? Infinity);
    const event = isArrival ? arrivals.shift() : ends.shift();
    const run = event && runs[event.run];
    if (run === undefined) return starts;
    if (isArrival) {
      run.waiting = run.plan.durationsMs.map((_, job) => job);
    } else {
      run.heldCount -= 1;
      if (run.plan.fails) run.failureCount += 1;
    }
    for (;;) {
      const heldCount = runs.reduce((sum, one) => sum + one.heldCount, 0);
      const [next] = runs.filter(mayStart).sort(byRight);
      const job = next?.waiting[0];
      if (heldCount >= permitCount || next === undefined || job === undefined) break;
      next.waiting.shift();
      next.heldCount += 1;
      next.lastTurn = starts.length + 1;
      const index = runs.indexOf(next);
      starts.push({ run: index, job, atMs: event?.atMs ?? 0 });
      ends.push({ run: index, atMs: (event?.atMs ?? 0) + (next.plan.durationsMs[job] ?? 0) });
    }
  }
}

function mayStart({ waiting, heldCount, failureCount }: RunState): boolean {
  return waiting.length > 0 && (failureCount <= FAILURES_BORNE || heldCount === 0);
}

function byRight(a: RunState, b: RunState): number {
  return a.heldCount - b.heldCount || a.lastTurn - b.lastTurn || a.plan.arrivalMs - b.plan.arrivalMs;
}

function byTime(one: { readonly atMs: number }, other: { readonly atMs: number }): number {
  return one.atMs - other.atMs;
}
