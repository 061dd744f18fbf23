/** Names a kind of source that records come from: `telegram`, `desktop-export`. Lower case, digits and hyphens. */
export type SourceName = string;

/** An account of Telegram, asked over its API. Archives up to version 6 have records of this source alone. */
export const TELEGRAM: SourceName = 'telegram';

/** A folder that Telegram Desktop exported, `result.json`. */
export const DESKTOP_EXPORT: SourceName = 'desktop-export';

/**
 * Sources that are asked anew each time, and so say what is true now. Of every other source a record may be older than one
 * that came before it, such as a folder that was exported last year.
 */
const LIVE: readonly SourceName[] = [TELEGRAM];

/** Sources in the order of how much they tell of a message. Others come behind them, by name. */
const BY_DETAIL: readonly SourceName[] = [TELEGRAM, DESKTOP_EXPORT];

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

export function isSourceName(value: unknown): value is SourceName {
  return typeof value === 'string' && NAME.test(value);
}

/** Whether the last record that a source gives of a message is its newest one. */
export function isLive(source: SourceName): boolean {
  return LIVE.includes(source);
}

/** Negative where `one` tells more of a message than `other`. A total order. */
export function compareDetail(one: SourceName, other: SourceName): number {
  const difference = placeOf(one) - placeOf(other);
  if (difference !== 0) return difference;
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function placeOf(source: SourceName): number {
  const place = BY_DETAIL.indexOf(source);
  return place < 0 ? BY_DETAIL.length : place;
}
