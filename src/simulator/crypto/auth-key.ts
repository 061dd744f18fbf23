import { sha1 } from './digest.js';

/** A key that a client shares with one data centre, and its authorisation. Mutable, because logins change it. */
export interface AuthKey {
  /** The lower 64 bits of the key's SHA-1, as hex. Packets contain it. */
  readonly id: string;
  /** 256 bytes. */
  readonly secret: Buffer;
  readonly dcId: number;
  /** The salt that messages under this key must carry. */
  readonly salt: bigint;
  /** The user who is logged in with it. */
  userId?: bigint;
  /** The user who has entered the right code, but not the password yet. */
  passwordUserId?: bigint;
  /** The highest layer that the client has announced. */
  layer?: number;
  /** For a temporary key: the permanent key that it was bound to. */
  permanent?: AuthKey;
}

/** @param salt the first server salt under this key. */
export function createAuthKey(secret: Buffer, dcId: number, salt: bigint): AuthKey {
  return { id: authKeyId(secret), secret, dcId, salt };
}

/** The id of a key, as hex. */
export function authKeyId(secret: Uint8Array): string {
  return sha1(secret).toString('hex', 12, 20);
}
