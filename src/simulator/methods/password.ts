import { randomBytes } from 'node:crypto';
import { bytesFromNumber } from '../crypto/big-number.js';
import { DH_GENERATOR, DH_PRIME } from '../crypto/dh-group.js';
import { createSrpCheck } from '../crypto/srp.js';
import { RpcRefusal } from '../state/rpc-refusal.js';
import { bytesIn, longIn, objectIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';
import { logIn } from './login.js';
import type { MethodCall, MethodTable } from './method.js';

/** Methods for the two-step verification password. */
export const passwordMethods: MethodTable = {
  'account.getPassword': { isOpen: true, handle: challenge },
  'auth.checkPassword': { isOpen: true, handle: checkPassword },
};

async function challenge({ state, key }: MethodCall): Promise<TlObject> {
  const userId = key.passwordUserId ?? key.userId;
  if (userId === undefined) throw new RpcRefusal('AUTH_KEY_UNREGISTERED');
  const unset = {
    _: 'account.password',
    new_algo: { _: 'passwordKdfAlgoUnknown' },
    new_secure_algo: { _: 'securePasswordKdfAlgoUnknown' },
    secure_random: randomBytes(32),
  };
  const password = state.world.accounts.find((account) => account.userId === userId)?.password;
  if (password === undefined) return unset;

  const check = await createSrpCheck(password, String(userId));
  const id = state.randomId();
  state.passwordChecks.set(id, { userId, check });
  const { salt1, salt2, b } = check.challenge;
  return {
    ...unset,
    has_password: true,
    current_algo: {
      _: 'passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow',
      salt1,
      salt2,
      g: DH_GENERATOR,
      p: bytesFromNumber(DH_PRIME),
    },
    srp_B: b,
    srp_id: id,
    hint: 'the one of this world',
  };
}

function checkPassword(call: MethodCall): TlObject {
  const proof = objectIn(call.params, 'password');
  if (proof._ !== 'inputCheckPasswordSRP') throw new RpcRefusal('PASSWORD_HASH_INVALID');
  const id = longIn(proof, 'srp_id');
  const open = call.state.passwordChecks.get(id);
  call.state.passwordChecks.delete(id); // A challenge is valid for one attempt.
  if (open === undefined || open.userId !== (call.key.passwordUserId ?? call.key.userId))
    throw new RpcRefusal('SRP_ID_INVALID');
  if (!open.check.accepts(bytesIn(proof, 'A'), bytesIn(proof, 'M1'))) throw new RpcRefusal('PASSWORD_HASH_INVALID');
  return logIn(call, open.userId);
}
