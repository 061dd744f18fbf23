import { ChatferryError } from '../../../errors/chatferry-error.js';
import { requireEncrypted } from '../encrypted-address.js';
import type { TargetPlace } from '../target-kind.js';

/** What every store with an interface of its own is opened with. */
export interface StorePlace {
  readonly baseUrl: URL;
  readonly connectionCount: number;
  readonly timeoutMs: number;
}

/**
 * Where a store is that a scheme alone names: its address is a setting. Its host may stand behind the scheme, as it does in
 * the target's id; another host is not taken from there, since it would be sent the key.
 *
 * @param settingName - Of the address, for messages.
 * @throws {ChatferryError} `USAGE` where something else stands behind the scheme, or the address is not encrypted.
 */
export function storePlace({ spec, rest, settings }: TargetPlace, baseUrl: URL, settingName: string): StorePlace {
  if (rest !== '' && rest !== baseUrl.host) {
    const scheme = spec.slice(0, -rest.length);
    const message = `${spec} has something after ${scheme}, but this store has no folders; it is at ${baseUrl.host}. Write ${scheme}, and set ${settingName} for another one.`;
    throw new ChatferryError('USAGE', message);
  }
  const { uploadMaxParallel, uploadTimeoutMs } = settings;
  return {
    baseUrl: requireEncrypted(baseUrl, settingName, settings),
    connectionCount: uploadMaxParallel,
    timeoutMs: uploadTimeoutMs,
  };
}
