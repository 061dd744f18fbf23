const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The beginning of `text` that takes at most `maxBytes` of UTF-8. It never cuts a grapheme cluster, except the first
 * one if it is too long: that is cut between code points.
 */
export function truncateToBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const whole = takeBytes(
    Array.from(graphemes.segment(text), ({ segment }) => segment),
    maxBytes,
  );
  return whole === '' ? takeBytes(Array.from(text), maxBytes) : whole;
}

function takeBytes(pieces: readonly string[], maxBytes: number): string {
  let taken = '';
  let byteCount = 0;
  for (const piece of pieces) {
    byteCount += Buffer.byteLength(piece);
    if (byteCount > maxBytes) break;
    taken += piece;
  }
  return taken;
}
