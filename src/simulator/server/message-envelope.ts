import { ConstructorId } from '../tl/constructor-ids.js';

/** One MTProto message without its encryption. */
export interface Envelope {
  readonly messageId: bigint;
  readonly sequenceNumber: number;
  readonly body: Buffer;
}

/** The plain text of an encrypted packet. */
export interface SessionEnvelope extends Envelope {
  readonly salt: bigint;
  readonly sessionId: bigint;
}

const HEADER_BYTES = 32;

/** @returns undefined if the announced length exceeds the bytes. */
export function readSessionEnvelope(plain: Buffer): SessionEnvelope | undefined {
  if (plain.length < HEADER_BYTES) return undefined;
  const length = plain.readUInt32LE(28);
  if (length % 4 !== 0 || length > plain.length - HEADER_BYTES) return undefined;
  return {
    salt: plain.readBigInt64LE(0),
    sessionId: plain.readBigInt64LE(8),
    messageId: plain.readBigInt64LE(16),
    sequenceNumber: plain.readInt32LE(24),
    body: plain.subarray(HEADER_BYTES, HEADER_BYTES + length),
  };
}

/** The header that goes before the body of an encrypted message. */
export function sessionHeader(
  { salt, sessionId }: { readonly salt: bigint; readonly sessionId: bigint },
  message: Omit<Envelope, 'body'>,
  length: number,
): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeBigInt64LE(salt, 0);
  header.writeBigInt64LE(sessionId, 8);
  header.writeBigInt64LE(message.messageId, 16);
  header.writeInt32LE(message.sequenceNumber, 24);
  header.writeInt32LE(length, 28);
  return header;
}

/** The messages of a `msg_container` body; undefined if it is truncated. */
export function readContainer(body: Buffer): Envelope[] | undefined {
  const messages: Envelope[] = [];
  let position = 8;
  for (let left = body.readUInt32LE(4); left > 0; left -= 1) {
    if (position + 16 > body.length) return undefined;
    const length = body.readUInt32LE(position + 12);
    const end = position + 16 + length;
    if (end > body.length) return undefined;
    messages.push({
      messageId: body.readBigInt64LE(position),
      sequenceNumber: body.readInt32LE(position + 8),
      body: body.subarray(position + 16, end),
    });
    position = end;
  }
  return messages;
}

/** Several messages as the parts of one `msg_container` body. */
export function writeContainer(messages: readonly Envelope[]): Buffer[] {
  const head = Buffer.allocUnsafe(8);
  head.writeUInt32LE(ConstructorId.messageContainer, 0);
  head.writeUInt32LE(messages.length, 4);
  return [
    head,
    ...messages.flatMap(({ messageId, sequenceNumber, body }) => {
      const header = Buffer.allocUnsafe(16);
      header.writeBigInt64LE(messageId, 0);
      header.writeInt32LE(sequenceNumber, 8);
      header.writeInt32LE(body.length, 12);
      return [header, body];
    }),
  ];
}

/** An unencrypted packet: key id 0, message id, body. */
export function plainPacket(messageId: bigint, body: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeBigInt64LE(messageId, 8);
  header.writeInt32LE(body.length, 16);
  return Buffer.concat([header, body]);
}
