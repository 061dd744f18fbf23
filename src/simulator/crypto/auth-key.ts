import { sha1 } from './digest.js';

/** A key that client and server of one data centre share, with what it is entitled to. Mutable: logins change it. */
export interface AuthKey {
  /** The lower 64 bits of the key's SHA-1, as hex: how packets name it. */
  readonly id: string;
  /** 256 bytes. */
  readonly secret: Buffer;
  readonly dcId: number;
  /** The salt that messages under this key must carry. */
  readonly salt: bigint;
  /** Who is logged in with it. */
  userId?: bigint;
  /** Who gave the right code and still owes a password. */
  passwordUserId?: bigint;
  /** The newest layer that the client has said it speaks. */
  layer?: number;
  /** For a temporary key: the permanent one that it was bound to. */
  permanent?: AuthKey;
}

/** @param salt the first server salt under this key. */
export function createAuthKey(secret: Buffer, dcId: number, salt: bigint): AuthKey {
  return { id: authKeyId(secret), secret, dcId, salt };
}

/** The name of a key on the wire, as hex. */
export function authKeyId(secret: Uint8Array): string {
  return sha1(secret).toString('hex', 12, 20);
}
