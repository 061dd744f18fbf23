/** How packets are cut out of the byte stream, in both directions. One instance serves one connection. */
export interface Framing {
  /**
   * Takes the first whole packet off the front of `bytes`.
   *
   * @returns the packet (a view) and how many bytes it took, or undefined when more must come first.
   * @throws {ChatferryError} `UNDECODABLE` when the stream cannot be of this framing.
   */
  unwrap(bytes: Buffer): Unwrapped | undefined;
  /** What goes on the wire for one packet, in order. */
  wrap(packet: Buffer): readonly Buffer[];
}

export interface Unwrapped {
  readonly packet: Buffer;
  readonly usedBytes: number;
}

/** Larger packets are no MTProto: the largest request is a 512 KB upload part. */
export const MAX_PACKET_BYTES: number = 4 * 1024 * 1024;
