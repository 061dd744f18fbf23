/**
 * What a `Retry-After` header says: seconds, or a date (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3).
 *
 * @param nowMs - UTC milliseconds.
 * @returns milliseconds from now; undefined where there is none, or it cannot be read.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // `Date.parse` takes much for a date, `1.5` and `-5` among it.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
