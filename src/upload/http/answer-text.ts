/** The largest answer of a store; longer ones are not read to the end. */
const MAX_BYTES = 1024 * 1024;

/** Reads an answer as text, at most 1 MB of it. */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of body) {
    pieces.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes > MAX_BYTES) break;
  }
  return Buffer.concat(pieces).subarray(0, MAX_BYTES).toString('utf8');
}
