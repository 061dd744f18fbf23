import { generatePrimeSync, randomBytes } from 'node:crypto';
import { decryptIge, encryptIge, type IgeKey } from '../crypto/aes-ige.js';
import { createAuthKey, type AuthKey } from '../crypto/auth-key.js';
import { bytesFromNumber, modPow, numberFromBytes } from '../crypto/big-number.js';
import { DH_GENERATOR, DH_PRIME } from '../crypto/dh-group.js';
import { sha1, sha256 } from '../crypto/digest.js';
import type { RsaKey } from '../crypto/rsa-key.js';
import { bytesIn } from '../tl/fields.js';
import type { TlSchema } from '../tl/schema.js';
import { TlReader } from '../tl/tl-reader.js';
import { TlWriter } from '../tl/tl-writer.js';
import type { TlObject } from '../tl/tl-object.js';

/**
 * With primes of 31 bits, the product has at most 63 bits as the protocol requires, and clients factorise it quickly.
 */
const PQ_PRIME_BITS = 31;
const INNER_HASH_BYTES = 20;

export interface HandshakeOptions {
  readonly rsaKey: RsaKey;
  readonly dcId: number;
  /** The schema of MTProto itself. */
  readonly schema: TlSchema;
  /** Called once, with the finished key. */
  readonly onAuthKey: (key: AuthKey) => void;
}

/**
 * The server's side of one key exchange (https://core.telegram.org/mtproto/auth_key). Supports both paddings of the
 * second step: RSA_PAD, and SHA-1 with random bytes for older clients.
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #serverNonce: Buffer = randomBytes(16);
  #nonce: Buffer = Buffer.alloc(16);
  #pq: Buffer | undefined;
  #newNonce: Buffer | undefined;
  #exponent = 0n;

  constructor(options: HandshakeOptions) {
    this.#options = options;
  }

  /**
   * Answers one plain message of the exchange.
   *
   * @returns undefined if the request is out of order or violates the protocol. The connection then has to be closed,
   *   as a real server does.
   */
  answer(request: TlObject): TlObject | undefined {
    switch (request._) {
      case 'req_pq':
      case 'req_pq_multi':
        return this.#startExchange(request);
      case 'req_DH_params':
        return this.#sendParameters(request);
      case 'set_client_DH_params':
        return this.#finishExchange(request);
      default:
        return undefined;
    }
  }

  #startExchange(request: TlObject): TlObject {
    this.#nonce = bytesIn(request, 'nonce');
    const [p, q] = [
      generatePrimeSync(PQ_PRIME_BITS, { bigint: true }),
      generatePrimeSync(PQ_PRIME_BITS, { bigint: true }),
    ];
    this.#pq = bytesFromNumber(p * q);
    return {
      _: 'resPQ',
      nonce: this.#nonce,
      server_nonce: this.#serverNonce,
      pq: this.#pq,
      server_public_key_fingerprints: [this.#options.rsaKey.fingerprint],
    };
  }

  #sendParameters(request: TlObject): TlObject | undefined {
    const opened = this.#pq && this.#options.rsaKey.decrypt(bytesIn(request, 'encrypted_data'));
    const inner = opened && (this.#read(openRsaPad(opened)) ?? this.#read(opened.subarray(1 + INNER_HASH_BYTES)));
    if (inner === undefined || !this.#isOurs(inner) || !this.#pq?.equals(bytesIn(inner, 'pq'))) return undefined;
    this.#newNonce = bytesIn(inner, 'new_nonce');
    this.#exponent = numberFromBytes(randomBytes(256));
    const answer = this.#write({
      _: 'server_DH_inner_data',
      nonce: this.#nonce,
      server_nonce: this.#serverNonce,
      g: DH_GENERATOR,
      dh_prime: bytesFromNumber(DH_PRIME),
      g_a: bytesFromNumber(modPow(BigInt(DH_GENERATOR), this.#exponent, DH_PRIME), 256),
      server_time: Math.floor(Date.now() / 1000),
    });
    const hashed = Buffer.concat([sha1(answer), answer]);
    const padded = Buffer.concat([hashed, randomBytes((16 - (hashed.length % 16)) % 16)]);
    return {
      _: 'server_DH_params_ok',
      nonce: this.#nonce,
      server_nonce: this.#serverNonce,
      encrypted_answer: encryptIge(padded, temporaryKey(this.#newNonce, this.#serverNonce)),
    };
  }

  #finishExchange(request: TlObject): TlObject | undefined {
    const encrypted = bytesIn(request, 'encrypted_data');
    if (this.#newNonce === undefined || encrypted.length % 16 !== 0) return undefined;
    const opened = decryptIge(encrypted, temporaryKey(this.#newNonce, this.#serverNonce));
    const inner = this.#read(opened.subarray(INNER_HASH_BYTES));
    if (inner?._ !== 'client_DH_inner_data' || !this.#isOurs(inner)) return undefined;

    const shared = modPow(numberFromBytes(bytesIn(inner, 'g_b')), this.#exponent, DH_PRIME);
    const secret = bytesFromNumber(shared, 256);
    const salt = numberFromBytes(xor(this.#newNonce.subarray(0, 8), this.#serverNonce.subarray(0, 8)).reverse());
    this.#options.onAuthKey(createAuthKey(secret, this.#options.dcId, BigInt.asIntN(64, salt)));
    return {
      _: 'dh_gen_ok',
      nonce: this.#nonce,
      server_nonce: this.#serverNonce,
      new_nonce_hash1: sha1(this.#newNonce, Uint8Array.of(1), sha1(secret).subarray(0, 8)).subarray(4, 20),
    };
  }

  #isOurs(inner: TlObject): boolean {
    return this.#nonce.equals(bytesIn(inner, 'nonce')) && this.#serverNonce.equals(bytesIn(inner, 'server_nonce'));
  }

  #read(bytes: Buffer | undefined): TlObject | undefined {
    if (bytes === undefined || bytes.length < 4) return undefined;
    const { schema } = this.#options;
    if (schema.byId(bytes.readUInt32LE()) === undefined) return undefined;
    return new TlReader(bytes, [schema]).object();
  }

  #write(object: TlObject): Buffer {
    return new TlWriter({ schema: this.#options.schema }).write(object, { kind: 'any' });
  }
}

/**
 * Decodes RSA_PAD: `temp_key ^ SHA256(aes) + aes`. The AES-IGE text contains 192 reversed bytes of data and the hash of
 * key and data. Undefined if the hash is wrong, so that the older padding can be tried.
 */
function openRsaPad(opened: Buffer): Buffer | undefined {
  const encrypted = opened.subarray(32);
  const key = xor(opened.subarray(0, 32), sha256(encrypted));
  const padded = decryptIge(encrypted, { key, iv: Buffer.alloc(32) });
  const data = Buffer.from(padded.subarray(0, 192)).reverse();
  return sha256(key, data).equals(padded.subarray(192)) ? data : undefined;
}

/** The key that encrypts the Diffie-Hellman values, derived from both nonces. */
function temporaryKey(newNonce: Buffer, serverNonce: Buffer): IgeKey {
  const a = sha1(newNonce, serverNonce);
  const b = sha1(serverNonce, newNonce);
  const c = sha1(newNonce, newNonce);
  return {
    key: Buffer.concat([a, b.subarray(0, 12)]),
    iv: Buffer.concat([b.subarray(12, 20), c, newNonce.subarray(0, 4)]),
  };
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));
}
