import { Api } from 'telegram';

import type { TelegramClient } from '../wire/client.js';
import type { FileLimits } from './open-files.js';

/**
 * The limits that Telegram sends to most accounts. Used if it does not answer (https://core.telegram.org/api/config).
 */
export const DEFAULT_FILE_LIMITS: FileLimits = { small: 5, large: 2 };

/**
 * The number of concurrent file downloads that Telegram asks for in its client configuration.
 *
 * @throws {ChatferryError} as {@link TelegramClient.call} does.
 */
export async function readFileLimits(client: TelegramClient, signal: AbortSignal): Promise<FileLimits> {
  const answer = await client.invoke(new Api.help.GetAppConfig({ hash: 0 }), { signal });
  const config = answer instanceof Api.help.AppConfig ? answer.config : undefined;
  return {
    small: countIn(config, 'small_queue_max_active_operations_count') ?? DEFAULT_FILE_LIMITS.small,
    large: countIn(config, 'large_queue_max_active_operations_count') ?? DEFAULT_FILE_LIMITS.large,
  };
}

/** Undefined if the field is missing or is not a valid number of files. */
function countIn(config: Api.TypeJSONValue | undefined, name: string): number | undefined {
  if (!(config instanceof Api.JsonObject)) return undefined;
  const value = config.value.find(({ key }) => key === name)?.value;
  if (!(value instanceof Api.JsonNumber)) return undefined;
  return Number.isSafeInteger(value.value) && value.value >= 1 ? value.value : undefined;
}
