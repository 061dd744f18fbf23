import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import bigInt from 'big-integer';
import { IGE } from 'telegram/crypto/IGE.js';
import { afterEach, describe, expect, it } from 'vitest';

import { type AesIge, checkedAesIge, wasmAesIge } from '../../../../src/source/telegram/wire/packets/aes-ige.js';
import { isSealedWith, openPacket, sealPacket } from '../../../../src/source/telegram/wire/packets/packet-cipher.js';
import { readServerMessage, unpackAnswer } from '../../../../src/source/telegram/wire/packets/server-message.js';
import {
  addGroup,
  collect,
  emptyWorld,
  fileOf,
  neverAborted,
  postDocument,
  sha256,
  SimulatedTelegram,
} from '../simulated-telegram.js';

const signal = neverAborted();
const authKey = randomBytes(256);
const opener = { cipher: wasmAesIge };

/** What a server makes of a body, with gramjs's own cipher. */
function sealAsServer(body: Buffer, paddingBytes = 12 + ((16 - ((body.length + 44) % 16)) % 16)): Buffer {
  const head = Buffer.alloc(32);
  head.writeBigUInt64LE(7n, 16);
  head.writeInt32LE(3, 24);
  head.writeInt32LE(body.length, 28);
  const plain = Buffer.concat([head, body, randomBytes(paddingBytes)]);
  const hash = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  const messageKey = hash(authKey.subarray(96, 128), plain).subarray(8, 24);
  const a = hash(messageKey, authKey.subarray(8, 44));
  const b = hash(authKey.subarray(48, 84), messageKey);
  const key = Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24)]);
  const iv = Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24)]);
  const keyId = createHash('sha1').update(authKey).digest().subarray(12, 20);
  return Buffer.concat([keyId, messageKey, new IGE(key, iv).encryptIge(plain)]);
}

describe('the fast cipher', () => {
  it('is used only if its results equal those of gramjs', () => {
    const warnings: string[] = [];
    const log = (level: string, text: string): void => void warnings.push(`${level}: ${text}`);
    expect(checkedAesIge(wasmAesIge, log)).toBe(wasmAesIge);
    expect(warnings).toEqual([]);
    const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === 70_000 ? byte ^ 1 : byte));
    const wrong: AesIge[] = [
      { ...wasmAesIge, decrypt: (data, key, iv) => flipped(wasmAesIge.decrypt(data, key, iv)) },
      { ...wasmAesIge, encrypt: (data, key, iv) => flipped(wasmAesIge.encrypt(data, key, iv)) },
      {
        ...wasmAesIge,
        decrypt: () => {
          throw new Error('no WebAssembly here');
        },
      },
    ];
    for (const cipher of wrong) expect(checkedAesIge(cipher, log)).toBeUndefined();
    expect(warnings).toHaveLength(3);
    expect(warnings.every((line) => line.startsWith('warn: The fast cipher is not used'))).toBe(true);
    expect(warnings[2]).toContain('no WebAssembly here');
  });
});

describe('a packet', () => {
  it.each([4, 12, 16, 1000, 600 * 1024])(
    'with a body of %i bytes is decrypted as the server encrypted it',
    async (byteCount) => {
      const body = randomBytes(byteCount);
      const packet = sealAsServer(body);
      expect(isSealedWith(packet, authKey)).toBe(true);
      expect(await openPacket(packet, authKey, opener)).toEqual({ messageId: 7n, sequenceNumber: 3, body });
    },
  );

  it('is refused if one bit was changed, or if its padding is invalid', async () => {
    const packet = sealAsServer(randomBytes(1000));
    for (const place of [9, 24, 40, packet.length - 1]) {
      const changed = Buffer.from(packet);
      changed[place] = (changed[place] ?? 0) ^ 1;
      await expect(openPacket(changed, authKey, opener)).rejects.toThrow('msg_key');
    }
    await expect(openPacket(sealAsServer(randomBytes(36), 28 + 1024), authKey, opener)).rejects.toThrow(
      'wrong length field',
    );
    await expect(openPacket(sealAsServer(randomBytes(40), 8), authKey, opener)).rejects.toThrow('wrong length field');
  });

  it('of another key, or a transport error, is left to gramjs', () => {
    expect(isSealedWith(sealAsServer(randomBytes(64)), randomBytes(256))).toBe(false);
    const notFound = Buffer.alloc(4);
    notFound.writeInt32LE(-404);
    expect(isSealedWith(notFound, authKey)).toBe(false);
  });

  it('of ours can be decrypted with the client’s part of the key', async () => {
    const plain = randomBytes(100);
    // A server derives the key of a client's message from other bytes of the auth key, eight further on.
    const shifted = Buffer.concat([randomBytes(8), authKey.subarray(0, 248)]);
    const packet = sealPacket(plain, authKey, wasmAesIge);
    const sealed = Buffer.concat([createHash('sha1').update(shifted).digest().subarray(12, 20), packet.subarray(8)]);
    expect(isSealedWith(sealed, shifted)).toBe(true);
    expect(packet.length % 16).toBe(8);
    // Salt and the rest are random, so that what stands where the length is does not fit: it was opened all the same.
    await expect(openPacket(sealed, shifted, opener)).rejects.toThrow('wrong length field');
  });
});

describe('a message of the server', () => {
  const long = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  };
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const result = (body: Buffer): Buffer => Buffer.concat([int(0xf35c6d01), long(9n), body]);

  it('with an answer stays bytes, and is decompressed when it is needed', () => {
    const answer = Buffer.from('abcdefgh'.repeat(20));
    expect(readServerMessage(result(answer))).toMatchObject({ reqMsgId: bigInt(9), body: answer });
    const packed = gzipSync(answer);
    const padding = Buffer.alloc((4 - ((packed.length + 1) % 4)) % 4);
    const gzip = Buffer.concat([int(0x3072cfa1), Buffer.from([packed.length]), packed, padding]);
    expect(readServerMessage(result(gzip))).toMatchObject({ reqMsgId: bigInt(9), body: gzip });
    expect(unpackAnswer(gzip)).toEqual(answer);
    expect(unpackAnswer(answer)).toBe(answer);
  });

  it('of an unknown type in a container does not affect the answer after it', () => {
    const inner = (body: Buffer): Buffer => Buffer.concat([long(5n), int(1), int(body.length), body]);
    const container = Buffer.concat([int(0x73f1f8dc), int(2), inner(int(0x01020304)), inner(result(int(77)))]);
    expect(readServerMessage(container)).toMatchObject({
      messages: [{ obj: { CONSTRUCTOR_ID: 0 } }, { obj: { reqMsgId: bigInt(9), body: int(77) } }],
    });
  });
});

describe('the two paths', () => {
  let telegram: SimulatedTelegram | undefined;
  afterEach(() => telegram?.[Symbol.asyncDispose]());

  it('have the same messages and the same bytes', async () => {
    const world = emptyWorld();
    const peer = addGroup(world, 250);
    const bytes = randomBytes(3 * 1024 * 1024 + 17);
    const file = { file: fileOf(bytes), mimeType: 'application/zip', attributes: [], dcId: 4 };
    const id = postDocument(world, peer, world.addDocument(file));
    telegram = await SimulatedTelegram.start(world);
    const outcomes = [];
    for (const fastPath of [true, false]) {
      const source = await telegram.openSource({ fastPath });
      const chat = await source.resolveChat('@harbour_crew', signal);
      const messages = await collect(source.history(chat, { signal }));
      const message = messages.find((one) => one.id === id);
      const media = message?.media[0];
      if (message === undefined || media === undefined) throw new Error('the message was not posted');
      const path = join(telegram.folder, `file-${fastPath}`);
      await source.download(message, media, { path, signal });
      outcomes.push({ hash: sha256(await readFile(path)), texts: messages.map(({ text }) => text) });
    }
    expect(outcomes[0]?.hash).toBe(sha256(bytes));
    expect(outcomes[0]?.texts).toHaveLength(251);
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
});
