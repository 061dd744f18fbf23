import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { bytesFromNumber, modPow, numberFromBytes } from './big-number.js';
import { DH_GENERATOR, DH_PRIME } from './dh-group.js';
import { sha256 } from './digest.js';

const KEY_BYTES = 256;
/** The number of rounds is part of the algorithm's name, `…PBKDF2HMACSHA512iter100000…`. */
const PBKDF2_ROUNDS = 100_000;
const PRIME = bytesFromNumber(DH_PRIME, KEY_BYTES);
const GENERATOR = bytesFromNumber(BigInt(DH_GENERATOR), KEY_BYTES);

/** The data that a client needs to prove a password. */
export interface SrpChallenge {
  readonly salt1: Buffer;
  readonly salt2: Buffer;
  /** 256 bytes, `srp_B`. */
  readonly b: Buffer;
}

/** One password check. */
export interface SrpCheck {
  readonly challenge: SrpChallenge;
  /** Whether `a` and `m1` prove knowledge of the password. */
  accepts(a: Uint8Array, m1: Uint8Array): boolean;
}

/**
 * The server's side of Telegram's SRP (https://core.telegram.org/api/srp). The salts are derived from the owner, so
 * each account always has the same ones. On Telegram, they are set together with the password.
 *
 * @param owner a string that identifies the account.
 */
export async function createSrpCheck(password: string, owner: string): Promise<SrpCheck> {
  const salt1 = sha256(Buffer.from(`salt 1 of ${owner}`)).subarray(0, 16);
  const salt2 = sha256(Buffer.from(`salt 2 of ${owner}`)).subarray(0, 16);
  const verifier = modPow(BigInt(DH_GENERATOR), await privateKey(password, salt1, salt2), DH_PRIME);
  const exponent = numberFromBytes(randomBytes(KEY_BYTES));
  const k = numberFromBytes(sha256(PRIME, GENERATOR));
  const b = bytesFromNumber((k * verifier + modPow(BigInt(DH_GENERATOR), exponent, DH_PRIME)) % DH_PRIME, KEY_BYTES);

  return {
    challenge: { salt1, salt2, b },
    accepts: (a, m1) => {
      const publicA = numberFromBytes(a);
      if (publicA % DH_PRIME === 0n) return false;
      const paddedA = bytesFromNumber(publicA, KEY_BYTES);
      const u = numberFromBytes(sha256(paddedA, b));
      const shared = modPow(publicA * modPow(verifier, u, DH_PRIME), exponent, DH_PRIME);
      const groupHash = xor(sha256(PRIME), sha256(GENERATOR));
      const key = sha256(bytesFromNumber(shared, KEY_BYTES));
      const expected = sha256(groupHash, sha256(salt1), sha256(salt2), paddedA, b, key);
      return m1.length === expected.length && timingSafeEqual(m1, expected);
    },
  };
}

async function privateKey(password: string, salt1: Buffer, salt2: Buffer): Promise<bigint> {
  const first = salted(salted(Buffer.from(password), salt1), salt2);
  const slow = await promisify(pbkdf2)(first, salt1, PBKDF2_ROUNDS, 64, 'sha512');
  return numberFromBytes(salted(slow, salt2));
}

function salted(data: Buffer, salt: Buffer): Buffer {
  return sha256(salt, data, salt);
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));
}
