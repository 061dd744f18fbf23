import { constants, generateKeyPair, privateDecrypt, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { ByteWriter } from '../tl/byte-writer.js';
import { sha1 } from './digest.js';

/** The key pair by which clients know the server. */
export interface RsaKey {
  /** The public half as Telegram publishes its own: PKCS#1, `BEGIN RSA PUBLIC KEY`. */
  readonly publicKeyPem: string;
  /** The lower 64 bits of the SHA-1 of the TL-serialised modulus and exponent, as a signed long. */
  readonly fingerprint: bigint;
  /** Raises 256 bytes to the private exponent, without any padding scheme. Undefined when they exceed the modulus. */
  decrypt(encrypted: Uint8Array): Buffer | undefined;
}

/** mtcute 0.30 compares fingerprints as hex and loses leading zeros, so a key whose fingerprint has them is no use. */
const SHORTEST_FINGERPRINT = 1n << 60n;

/** Makes a 2048-bit key of its own, so that no client trusts the server by accident. */
export async function createRsaKey(): Promise<RsaKey> {
  for (;;) {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const fingerprint = fingerprintOf(publicKey);
    if (BigInt.asUintN(64, fingerprint) < SHORTEST_FINGERPRINT) continue;
    return {
      publicKeyPem: publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      fingerprint,
      decrypt: (encrypted) => rawDecrypt(privateKey, encrypted),
    };
  }
}

function rawDecrypt(key: KeyObject, encrypted: Uint8Array): Buffer | undefined {
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted);
  } catch {
    return undefined; // Longer than the modulus, or above it: not encrypted for this key.
  }
}

/** https://core.telegram.org/mtproto/auth_key: fingerprint of `rsa_public_key n:string e:string = RSAPublicKey`. */
function fingerprintOf(publicKey: KeyObject): bigint {
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const out = new ByteWriter();
  out.bytes(Buffer.from(n, 'base64url'));
  out.bytes(Buffer.from(e, 'base64url'));
  return sha1(out.take()).readBigInt64LE(12);
}
