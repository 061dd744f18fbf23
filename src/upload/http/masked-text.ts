/** Shorter pieces of a key are harmless. */
const PIECE = 8;
const MASK = '***';

/**
 * Returns a function that masks keys in text from a server: complete keys, every piece of eight characters or more, and
 * Base64 encodings.
 *
 * @param secrets - Without prefixes of headers, such as `Bearer`.
 */
export function maskerOf(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.flatMap(spellings);
  const pieces = new Set<string>();
  for (const form of forms) {
    for (let at = 0; at + PIECE <= form.length; at += 1) pieces.add(form.slice(at, at + PIECE));
  }
  const short = secrets.filter((secret) => secret !== '' && secret.length < PIECE);
  return (text) => short.reduce((shown, secret) => shown.replaceAll(secret, MASK), withoutPieces(text, pieces));
}

function withoutPieces(text: string, pieces: ReadonlySet<string>): string {
  if (pieces.size === 0) return text;
  let shown = '';
  let shownTo = 0;
  for (let at = 0; at + PIECE <= text.length; at += 1) {
    if (!pieces.has(text.slice(at, at + PIECE))) continue;
    let end = at + PIECE;
    while (pieces.has(text.slice(end - PIECE + 1, end + 1)) && end < text.length) end += 1;
    shown += text.slice(shownTo, at) + MASK;
    shownTo = end;
    at = end - 1;
  }
  return shown + text.slice(shownTo);
}

/** Plain, in a URL, and in Base64 at any offset in the encoded text. */
function spellings(secret: string): readonly string[] {
  const encoded = ['', ' ', '  '].flatMap((before) => {
    const bytes = Buffer.from(before + secret, 'utf8');
    // Characters that also encode neighbouring bytes do not belong to the secret alone.
    const from = Math.ceil((before.length * 4) / 3);
    const to = Math.floor((bytes.length * 4) / 3);
    return [bytes.toString('base64').slice(from, to), bytes.toString('base64url').slice(from, to)];
  });
  return [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1), ...encoded];
}
