/** The clock of a line. Tests pass a virtual one. */
export interface LineClock {
  /** Monotonic, in milliseconds. */
  now(): number;
  /** Calls back once at that time. @returns a function that cancels the call. */
  at(timeMs: number, callback: () => void): () => void;
}

export const systemClock: LineClock = {
  now: () => performance.now(),
  at: (timeMs, callback) => {
    const timer = setTimeout(callback, Math.max(0, timeMs - performance.now()));
    return () => {
      clearTimeout(timer);
    };
  },
};
