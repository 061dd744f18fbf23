import { createPublicKey, publicEncrypt, constants, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decryptIge, encryptIge } from '../../../src/simulator/crypto/aes-ige.js';
import type { AuthKey } from '../../../src/simulator/crypto/auth-key.js';
import { bytesFromNumber, modPow, numberFromBytes } from '../../../src/simulator/crypto/big-number.js';
import { sha1, sha256 } from '../../../src/simulator/crypto/digest.js';
import { createRsaKey, type RsaKey } from '../../../src/simulator/crypto/rsa-key.js';
import { Handshake } from '../../../src/simulator/server/handshake.js';
import { bytesIn, intIn } from '../../../src/simulator/tl/fields.js';
import { loadLayers } from '../../../src/simulator/tl/layers.js';
import { TlReader } from '../../../src/simulator/tl/tl-reader.js';
import { TlWriter } from '../../../src/simulator/tl/tl-writer.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';

const { protocol } = loadLayers();
const rsaKey: RsaKey = await createRsaKey();
const write = (object: TlObject): Buffer => new TlWriter({ schema: protocol }).write(object, { kind: 'any' });
const read = (bytes: Buffer): TlObject => new TlReader(bytes, [protocol]).object();

function rsa(block: Buffer): Buffer {
  const key = createPublicKey(rsaKey.publicKeyPem);
  return publicEncrypt(
    { key, padding: constants.RSA_NO_PADDING },
    Buffer.concat([Buffer.alloc(256 - block.length), block]),
  );
}

/** https://core.telegram.org/mtproto/auth_key#41-rsa-paddata-server-public-key-mentioned-above-is-implemented-as-follows */
function rsaPad(data: Buffer): Buffer {
  for (;;) {
    const padded = Buffer.concat([data, randomBytes(192 - data.length)]);
    const key = randomBytes(32);
    const hashed = Buffer.concat([Buffer.from(padded).reverse(), sha256(key, padded)]);
    const encrypted = encryptIge(hashed, { key, iv: Buffer.alloc(32) });
    const masked = Buffer.from(key.map((byte, i) => byte ^ (sha256(encrypted)[i] ?? 0)));
    const block = Buffer.concat([masked, encrypted]);
    // The block must be a smaller number than the modulus, whose top bit is set.
    if ((block[0] ?? 0) < 0x80) return rsa(block);
  }
}

/** What clients did before: SHA-1, data, and random bytes to 255. */
function oldPad(data: Buffer): Buffer {
  return rsa(Buffer.concat([sha1(data), data, randomBytes(235 - data.length)]));
}

class Exchange {
  key: AuthKey | undefined;
  readonly nonce = randomBytes(16);
  readonly newNonce = randomBytes(32);
  readonly handshake = new Handshake({
    rsaKey,
    dcId: 2,
    schema: protocol,
    onAuthKey: (key) => {
      this.key = key;
    },
  });

  start(): TlObject {
    return this.answer({ _: 'req_pq_multi', nonce: this.nonce });
  }

  answer(request: TlObject): TlObject {
    const answer = this.handshake.answer(request);
    if (answer === undefined) throw new RangeError(`No answer to ${request._}.`);
    return answer;
  }

  inner({ pq, server_nonce }: TlObject, change: Partial<TlObject> = {}): Buffer {
    const common = { pq, p: Buffer.of(1), q: Buffer.of(1), nonce: this.nonce, server_nonce, new_nonce: this.newNonce };
    return write({ ...common, ...change, _: 'p_q_inner_data' });
  }

  request(opening: TlObject, encrypted_data: Buffer): TlObject {
    const { server_nonce, server_public_key_fingerprints: keys } = opening;
    const [public_key_fingerprint] = keys as readonly bigint[];
    return {
      _: 'req_DH_params',
      nonce: this.nonce,
      server_nonce,
      p: Buffer.of(1),
      q: Buffer.of(1),
      public_key_fingerprint,
      encrypted_data,
    };
  }

  /** The last step; the shared secret as this side computes it. */
  finish(opening: TlObject, parameters: TlObject): { readonly done: TlObject; readonly secret: Buffer } {
    const serverNonce = bytesIn(opening, 'server_nonce');
    const a = sha1(this.newNonce, serverNonce);
    const b = sha1(serverNonce, this.newNonce);
    const c = sha1(this.newNonce, this.newNonce);
    const aes = {
      key: Buffer.concat([a, b.subarray(0, 12)]),
      iv: Buffer.concat([b.subarray(12), c, this.newNonce.subarray(0, 4)]),
    };
    const opened = decryptIge(bytesIn(parameters, 'encrypted_answer'), aes);
    const inner = read(opened.subarray(20));
    expect(sha1(write(inner))).toEqual(opened.subarray(0, 20));
    const prime = numberFromBytes(bytesIn(inner, 'dh_prime'));
    const exponent = numberFromBytes(randomBytes(256));
    const g_b = bytesFromNumber(modPow(BigInt(intIn(inner, 'g')), exponent, prime));
    const answer = write({
      _: 'client_DH_inner_data',
      nonce: this.nonce,
      server_nonce: serverNonce,
      retry_id: 0n,
      g_b,
    });
    const hashed = Buffer.concat([sha1(answer), answer]);
    const padded = Buffer.concat([hashed, randomBytes((16 - (hashed.length % 16)) % 16)]);
    const common = { nonce: this.nonce, server_nonce: serverNonce };
    return {
      done: this.answer({ _: 'set_client_DH_params', ...common, encrypted_data: encryptIge(padded, aes) }),
      secret: bytesFromNumber(modPow(numberFromBytes(bytesIn(inner, 'g_a')), exponent, prime), 256),
    };
  }
}

describe('the key exchange', () => {
  test.each([
    ['RSA_PAD', rsaPad],
    ['the older padding', oldPad],
  ])('with %s results in the same key on both sides', (_, pad) => {
    const exchange = new Exchange();
    const opening = exchange.start();
    const parameters = exchange.answer(exchange.request(opening, pad(exchange.inner(opening))));
    expect(parameters._).toBe('server_DH_params_ok');
    const { done, secret } = exchange.finish(opening, parameters);
    expect(done).toMatchObject({
      _: 'dh_gen_ok',
      new_nonce_hash1: sha1(exchange.newNonce, Buffer.of(1), sha1(secret).subarray(0, 8)).subarray(4),
    });
    expect(exchange.key?.secret).toEqual(secret);
    expect(exchange.key?.id).toBe(sha1(secret).subarray(12).toString('hex'));
  });

  test('offers a product of two primes with at most 63 bits', () => {
    const pq = numberFromBytes(bytesIn(new Exchange().start(), 'pq'));
    expect(pq).toBeLessThan(1n << 63n);
    expect(pq).toBeGreaterThan(1n << 50n);
  });

  test.each<[string, Partial<TlObject>]>([
    ['another nonce', { nonce: randomBytes(16) }],
    ['another server nonce', { server_nonce: randomBytes(16) }],
    ['another product', { pq: Buffer.of(15) }],
  ])('ends if the encrypted part repeats %s', (_, change) => {
    const exchange = new Exchange();
    const opening = exchange.start();
    expect(
      exchange.handshake.answer(exchange.request(opening, rsaPad(exchange.inner(opening, change)))),
    ).toBeUndefined();
  });

  test('ends if its steps are out of order or not encrypted with the key', () => {
    const exchange = new Exchange();
    const early = { _: 'set_client_DH_params', encrypted_data: Buffer.alloc(64) };
    expect(exchange.handshake.answer(early)).toBeUndefined();
    const opening = exchange.start();
    expect(exchange.handshake.answer(exchange.request(opening, randomBytes(256).fill(1, 0, 1)))).toBeUndefined();
    expect(exchange.key).toBeUndefined();
  });
});
