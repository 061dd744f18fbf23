import type { BinaryReader } from 'telegram/extensions/index.js';

import { TlReader } from '../wire/packets/tl-reader.js';

interface SeenPeer {
  /** A copy: what is kept must not keep its page alive. */
  readonly bytes: Buffer;
  /** Read from the copy when it comes for the second time. */
  peer: unknown;
}

// constructor:4 flags:4 flags2:4 id:8 of a user or a channel. What else begins alike costs time and nothing more.
const KEY_BYTES = 20;
/** More than any page names; about 1 KB each. */
const MOST_KEPT = 2000;
/** Those that are longer are read each time. */
const MOST_PEER_BYTES = 8 * 1024;

/**
 * Reads users and chats, each only once for as long as it comes in the same bytes. Every page of a history names the
 * same few people again, and reading them took up to a third of the time that a page needs.
 */
export class RepeatedPeers {
  readonly #seen = new Map<string, SeenPeer>();

  /** The object at the reader's position, as gramjs reads it; shared between those who ask. @throws what gramjs throws. */
  read(reader: BinaryReader): unknown {
    const known = this.recall(reader);
    if (known !== undefined) return known;
    const page = reader.getBuffer();
    const start = reader.tellPosition();
    const peer: unknown = reader.tgReadObject();
    const bytes = page.subarray(start, reader.tellPosition());
    if (bytes.length > MOST_PEER_BYTES) return peer;
    const oldest = this.#seen.size >= MOST_KEPT ? this.#seen.keys().next().value : undefined;
    if (oldest !== undefined) this.#seen.delete(oldest);
    this.#seen.set(keyAt(page, start), { bytes: Buffer.from(bytes), peer: undefined });
    return peer;
  }

  /** The same where it was read before; otherwise undefined, and the reader stays where it is. */
  recall(reader: BinaryReader): unknown {
    const page = reader.getBuffer();
    const start = reader.tellPosition();
    const seen = this.#seen.get(keyAt(page, start));
    // What is read depends on the bytes alone, and where it ends too: equal bytes are the same object.
    if (seen === undefined || !page.subarray(start, start + seen.bytes.length).equals(seen.bytes)) return undefined;
    reader.setPosition(start + seen.bytes.length);
    seen.peer ??= new TlReader(seen.bytes).tgReadObject();
    return seen.peer;
  }
}

function keyAt(page: Buffer, start: number): string {
  return page.toString('latin1', start, start + KEY_BYTES);
}
