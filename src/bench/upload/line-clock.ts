/** The time of a line. Tests give one that passes as they say. */
export interface LineClock {
  /** Monotonic, in milliseconds. */
  now(): number;
  /** Calls back once, when that time has come. @returns what takes it back. */
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
