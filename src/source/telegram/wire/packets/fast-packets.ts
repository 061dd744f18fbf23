import bigInt, { type BigInteger } from 'big-integer';
import { SecurityError } from 'telegram/errors/index.js';

import type { IncomingMessage, PacketState } from '../gramjs-seams.js';
import { isSealedWith, openPacket, type PacketOpener, sealPacket } from './packet-cipher.js';
import { partMemory } from '../../../../memory/part-memory.js';
import { isAnswer, readServerMessage } from './server-message.js';

// As many as gramjs remembers; a server repeats a message soon or not at all.
const REMEMBERED_MESSAGES = 500;
// Four bytes, says https://core.telegram.org/mtproto/mtproto-transports#transport-errors; gramjs takes them for what is
// shorter than a key id.
const MOST_TRANSPORT_ERROR_BYTES = 7;

/**
 * Replaces how one gramjs sender opens, reads and seals its packets: the cipher is the caller's choice, hashes need no
 * copies, and nothing is made of what the server sends before its counts and sizes were checked. What is not an ordinary
 * packet, a transport error above all, is left to gramjs.
 *
 * @param state - Of the sender. It stays in charge of session id, salt and message ids.
 */
export function useFastPackets(state: PacketState, opener: PacketOpener): void {
  const openStock = state.decryptMessageData.bind(state);
  const sealStock = state.encryptMessageData.bind(state);
  const seen = new Set<bigint>();

  state.decryptMessageData = async (packet): Promise<IncomingMessage> => {
    const authKey = state.authKey.getKey();
    if (authKey === undefined || packet.length <= MOST_TRANSPORT_ERROR_BYTES) return openStock(packet);
    if (!isSealedWith(packet, authKey)) throw new SecurityError('A packet of another key, or with no message in it.');
    const { messageId, sequenceNumber, body } = await openPacket(packet, authKey, opener);
    if (seen.has(messageId)) throw new SecurityError('A message came twice.');
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

/** gramjs keeps some numbers signed and some not. */
function low64(value: BigInteger): bigint {
  return BigInt.asIntN(64, BigInt(value.toString()));
}
