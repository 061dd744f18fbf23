/** Separates packets in the byte stream, in both directions. One instance serves one connection. */
export interface Framing {
  /**
   * Reads the first complete packet of `bytes`.
   *
   * @returns the packet (a view) and the number of bytes used, or undefined if the packet is not complete yet.
   * @throws {ChatferryError} `UNDECODABLE` if the stream does not have this framing.
   */
  unwrap(bytes: Buffer): Unwrapped | undefined;
  /** The bytes to send for one packet, in parts. */
  wrap(packet: Buffer): readonly Buffer[];
}

export interface Unwrapped {
  readonly packet: Buffer;
  readonly usedBytes: number;
}

/** Larger packets are invalid: the largest request is a 512 KB upload part. */
export const MAX_PACKET_BYTES: number = 4 * 1024 * 1024;
