import bigInt, { type BigInteger } from 'big-integer';
import { SecurityError } from 'telegram/errors/index.js';

import type { IncomingMessage, PacketState } from '../gramjs-seams.js';
import { isSealedWith, openPacket, type PacketOpener, sealPacket } from './packet-cipher.js';
import { partMemory } from '../../../../memory/part-memory.js';
import { isAnswer, readServerMessage } from './server-message.js';

// As many as gramjs remembers. If a server repeats a message, it does so soon.
const REMEMBERED_MESSAGES = 500;
// Transport errors have four bytes (https://core.telegram.org/mtproto/mtproto-transports#transport-errors). gramjs
// treats everything shorter than a key id as one.
const MAX_TRANSPORT_ERROR_BYTES = 7;

/**
 * Replaces how one gramjs sender decrypts, reads and encrypts packets: with a given cipher, with hashes that need no
 * copies, and with a check of all counts and sizes before objects are created. Other packets, in particular transport
 * errors, are left to gramjs.
 *
 * @param state - The state of the sender. It still manages session id, salt and message ids.
 */
export function useFastPackets(state: PacketState, opener: PacketOpener): void {
  const openStock = state.decryptMessageData.bind(state);
  const sealStock = state.encryptMessageData.bind(state);
  const seen = new Set<bigint>();

  state.decryptMessageData = async (packet): Promise<IncomingMessage> => {
    const authKey = state.authKey.getKey();
    if (authKey === undefined || packet.length <= MAX_TRANSPORT_ERROR_BYTES) return openStock(packet);
    if (!isSealedWith(packet, authKey)) throw new SecurityError('A packet has another key or contains no message.');
    const { messageId, sequenceNumber, body } = await openPacket(packet, authKey, opener);
    if (seen.has(messageId)) throw new SecurityError('A message arrived twice.');
    seen.add(messageId);
    if (seen.size > REMEMBERED_MESSAGES) for (const oldest of seen) if (seen.delete(oldest)) break;
    if (isAnswer(body)) partMemory.lend(body);
    const msgId = bigInt(BigInt.asIntN(64, messageId));
    return { msgId, seqNo: sequenceNumber, obj: readServerMessage(body) };
  };

  state.encryptMessageData = (data): Promise<Buffer> => {
    const authKey = state.authKey.getKey();
    if (authKey === undefined) return sealStock(data);
    const head = Buffer.alloc(16);
    head.writeBigInt64LE(low64(state.salt), 0);
    head.writeBigInt64LE(low64(state.id), 8);
    return Promise.resolve(sealPacket(Buffer.concat([head, data]), authKey, opener.cipher));
  };
}

/** The low 64 bits: gramjs uses signed and unsigned numbers. */
function low64(value: BigInteger): bigint {
  return BigInt.asIntN(64, BigInt(value.toString()));
}
