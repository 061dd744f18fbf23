import { ChatferryError } from '../../../errors/chatferry-error.js';
import { requireEncrypted } from '../encrypted-address.js';
import type { TargetPlace } from '../target-kind.js';

/** The options that every store with its own API is opened with. */
export interface StorePlace {
  readonly baseUrl: URL;
  readonly connectionCount: number;
  readonly timeoutMs: number;
}

/**
 * The place of a store whose address is a setting. The spec may repeat its host after the scheme, as the target's id
 * does. Any other host is refused, because it would receive the key.
 *
 * @param settingName - Of the address, for messages.
 * @throws {ChatferryError} `USAGE` if something else follows the scheme, or the address is not encrypted.
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
