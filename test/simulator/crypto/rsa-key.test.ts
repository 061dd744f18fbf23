import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { NodeCryptoProvider, parsePublicKey } from '@mtcute/node/utils.js';
import { expect, test } from 'vitest';
import { createRsaKey } from '../../../src/simulator/crypto/rsa-key.js';

test('the key is published as PKCS#1 and has the fingerprint that clients compute', async () => {
  const key = await createRsaKey();
  expect(key.publicKeyPem).toMatch(/^-----BEGIN RSA PUBLIC KEY-----\n/);
  const crypto = new NodeCryptoProvider();
  await crypto.initialize();
  expect(parsePublicKey(crypto, key.publicKeyPem).fingerprint).toBe(BigInt.asUintN(64, key.fingerprint).toString(16));
});

test('the key decrypts only data that was encrypted with it', async () => {
  const key = await createRsaKey();
  const message = Buffer.alloc(256, 7);
  message[0] = 0;
  const encrypted = publicEncrypt(
    { key: createPublicKey(key.publicKeyPem), padding: constants.RSA_NO_PADDING },
    message,
  );
  expect(key.decrypt(encrypted)).toEqual(message);
  expect(key.decrypt(Buffer.alloc(256, 0xff))).toBeUndefined();
  expect(key.decrypt(Buffer.alloc(300, 1))).toBeUndefined();
});
