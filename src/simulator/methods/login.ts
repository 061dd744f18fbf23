import { randomBytes } from 'node:crypto';
import { sha256 } from '../crypto/digest.js';
import { RpcRefusal } from '../state/rpc-refusal.js';
import { bytesIn, intIn, longIn, textIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';
import type { WorldAccount } from '../world/world.js';
import { userSeenBy } from './mentioned-peers.js';
import { callerOf, type MethodCall, type MethodTable } from './method.js';

/** Methods for logging in and out: by phone and code, by bot token, by an authorisation from another data centre. */
export const loginMethods: MethodTable = {
  'auth.sendCode': {
    isOpen: true,
    handle: (call) => {
      const account = accountWithPhone(call);
      requireHomeDc(call, 'PHONE_MIGRATE');
      const type = { _: 'auth.sentCodeTypeApp', length: account.code?.length ?? 5 };
      return { _: 'auth.sentCode', type, phone_code_hash: codeHash(account) };
    },
  },
  'auth.signIn': {
    isOpen: true,
    handle: (call) => {
      const account = accountWithPhone(call);
      requireHomeDc(call, 'PHONE_MIGRATE');
      if (textIn(call.params, 'phone_code_hash') !== codeHash(account)) throw new RpcRefusal('PHONE_CODE_EXPIRED');
      const code = textIn(call.params, 'phone_code');
      if (code === '') throw new RpcRefusal('PHONE_CODE_EMPTY');
      if (code !== account.code) throw new RpcRefusal('PHONE_CODE_INVALID');
      if (account.password === undefined) return logIn(call, account.userId);
      call.key.passwordUserId = account.userId;
      throw new RpcRefusal('SESSION_PASSWORD_NEEDED', 401);
    },
  },
  'auth.importBotAuthorization': {
    isOpen: true,
    handle: (call) => {
      const token = textIn(call.params, 'bot_auth_token');
      const account = call.state.world.accounts.find(({ botToken }) => botToken !== undefined && botToken === token);
      if (account === undefined) throw new RpcRefusal('ACCESS_TOKEN_INVALID');
      requireHomeDc(call, 'USER_MIGRATE');
      return logIn(call, account.userId);
    },
  },
  'auth.logOut': {
    isOpen: true,
    handle: ({ key }) => {
      delete key.userId;
      delete key.passwordUserId;
      return { _: 'auth.loggedOut' };
    },
  },
  'auth.exportAuthorization': {
    handle: (call) => {
      const dcId = intIn(call.params, 'dc_id');
      if (!call.state.dcs.some(({ id }) => id === dcId)) throw new RpcRefusal('DC_ID_INVALID');
      const bytes = randomBytes(64);
      call.state.exportedLogins.set(bytes.toString('hex'), { userId: callerOf(call), dcId });
      return { _: 'auth.exportedAuthorization', id: callerOf(call), bytes };
    },
  },
  'auth.importAuthorization': {
    isOpen: true,
    handle: (call) => {
      const proof = bytesIn(call.params, 'bytes').toString('hex');
      const login = call.state.exportedLogins.get(proof);
      if (login?.dcId !== call.dcId || login.userId !== longIn(call.params, 'id')) {
        throw new RpcRefusal('AUTH_BYTES_INVALID');
      }
      call.state.exportedLogins.delete(proof);
      return logIn(call, login.userId);
    },
  },
  // Perfect forward secrecy. The proof in `encrypted_message` is not checked: a client that has both keys may bind
  // them.
  'auth.bindTempAuthKey': {
    isOpen: true,
    handle: (call) => {
      const id = Buffer.alloc(8);
      id.writeBigInt64LE(longIn(call.params, 'perm_auth_key_id'));
      const permanent = call.state.keys.get(id.toString('hex'));
      if (permanent === undefined) throw new RpcRefusal('ENCRYPTED_MESSAGE_INVALID');
      call.key.permanent = permanent;
      return true;
    },
  },
};

/** Logs the key in to an account, and returns the answer of a login. */
export function logIn(call: MethodCall, userId: bigint): TlObject {
  call.key.userId = userId;
  delete call.key.passwordUserId;
  const user = userSeenBy(call.key, call.state.world.users.get(userId));
  return { _: 'auth.authorization', user: user ?? { _: 'userEmpty', id: userId } };
}

function accountWithPhone(call: MethodCall): WorldAccount {
  const digits = textIn(call.params, 'phone_number').replaceAll(/\D/g, '');
  const account = call.state.world.accounts.find(({ phone }) => phone?.replaceAll(/\D/g, '') === digits);
  if (digits === '' || account === undefined) throw new RpcRefusal('PHONE_NUMBER_INVALID');
  return account;
}

function requireHomeDc({ state, dcId }: MethodCall, refusal: 'PHONE_MIGRATE' | 'USER_MIGRATE'): void {
  if (dcId !== state.homeDcId) throw new RpcRefusal(`${refusal}_${state.homeDcId}`);
}

function codeHash(account: WorldAccount): string {
  return sha256(Buffer.from(`code for ${account.userId}`)).toString('hex', 0, 9);
}
