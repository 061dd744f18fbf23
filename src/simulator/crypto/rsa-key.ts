import { constants, generateKeyPair, privateDecrypt, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { ByteWriter } from '../tl/byte-writer.js';
import { sha1 } from './digest.js';

/** The key pair that authenticates the server to clients. */
export interface RsaKey {
  /** The public half as Telegram publishes its own: PKCS#1, `BEGIN RSA PUBLIC KEY`. */
  readonly publicKeyPem: string;
  /** The lower 64 bits of the SHA-1 of the TL-serialised modulus and exponent, as a signed long. */
  readonly fingerprint: bigint;
  /** Raises 256 bytes to the private exponent, without padding. Undefined if they exceed the modulus. */
  decrypt(encrypted: Uint8Array): Buffer | undefined;
}

/** mtcute 0.30 compares fingerprints as hex without leading zeros, so it cannot use keys whose fingerprint has some. */
const MIN_FINGERPRINT = 1n << 60n;

/** Generates a new 2048-bit key, so that no client trusts the server by accident. */
export async function createRsaKey(): Promise<RsaKey> {
  for (;;) {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const fingerprint = fingerprintOf(publicKey);
    if (BigInt.asUintN(64, fingerprint) < MIN_FINGERPRINT) continue;
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
    return undefined; // Larger than the modulus, so not encrypted with this key.
  }
}

/**
 * The fingerprint of `rsa_public_key n:string e:string = RSAPublicKey` (https://core.telegram.org/mtproto/auth_key).
 */
function fingerprintOf(publicKey: KeyObject): bigint {
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const out = new ByteWriter();
  out.bytes(Buffer.from(n, 'base64url'));
  out.bytes(Buffer.from(e, 'base64url'));
  return sha1(out.take()).readBigInt64LE(12);
}
