import type { BinaryReader } from 'telegram/extensions/index.js';

import { TlReader } from '../wire/packets/tl-reader.js';

interface SeenPeer {
  /** A copy, so that the page is not kept in memory. */
  readonly bytes: Buffer;
  /** Read from the copy when the peer occurs for the second time. */
  peer: unknown;
}

// constructor:4 flags:4 flags2:4 id:8 of a user or a channel. Other objects with equal keys only cost time.
const KEY_BYTES = 20;
/** More than any page contains; about 1 KB each. */
const MAX_KEPT = 2000;
/** Longer ones are read each time. */
const MAX_PEER_BYTES = 8 * 1024;

/**
 * Reads users and chats, and reuses the object when the same bytes occur again. Every page of a history repeats the
 * same few people, and reading them took up to a third of the time of a page.
 */
export class RepeatedPeers {
  readonly #seen = new Map<string, SeenPeer>();

  /** Reads the object at the reader's position. Equal bytes return the same object. @throws what gramjs throws. */
  read(reader: BinaryReader): unknown {
    const known = this.recall(reader);
    if (known !== undefined) return known;
    const page = reader.getBuffer();
    const start = reader.tellPosition();
    const peer: unknown = reader.tgReadObject();
    const bytes = page.subarray(start, reader.tellPosition());
    if (bytes.length > MAX_PEER_BYTES) return peer;
    const oldest = this.#seen.size >= MAX_KEPT ? this.#seen.keys().next().value : undefined;
    if (oldest !== undefined) this.#seen.delete(oldest);
    this.#seen.set(keyAt(page, start), { bytes: Buffer.from(bytes), peer: undefined });
    return peer;
  }

  /**
   * Returns the object if the same bytes were read before. Otherwise returns undefined and does not move the reader.
   */
  recall(reader: BinaryReader): unknown {
    const page = reader.getBuffer();
    const start = reader.tellPosition();
    const seen = this.#seen.get(keyAt(page, start));
    // The object and its length depend on the bytes alone, so equal bytes mean an equal object.
    if (seen === undefined || !page.subarray(start, start + seen.bytes.length).equals(seen.bytes)) return undefined;
    reader.setPosition(start + seen.bytes.length);
    seen.peer ??= new TlReader(seen.bytes).tgReadObject();
    return seen.peer;
  }
}

function keyAt(page: Buffer, start: number): string {
  return page.toString('latin1', start, start + KEY_BYTES);
}
