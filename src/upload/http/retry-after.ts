/**
 * Parses a `Retry-After` header: seconds, or a date (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3).
 *
 * @param nowMs - UTC milliseconds.
 * @returns milliseconds from now; undefined if there is none, or it is invalid.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // `Date.parse` accepts too much as a date, such as `1.5` and `-5`.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
