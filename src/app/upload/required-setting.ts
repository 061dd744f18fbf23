import { SETTINGS } from '../../config/settings.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TargetPlace, TargetSettings } from './target-kind.js';

/**
 * Returns a setting that a target requires.
 *
 * @throws {ChatferryError} `USAGE` that names it if it is not set.
 */
export function requiredSetting<Key extends keyof TargetSettings>(
  { spec, settings }: TargetPlace,
  key: Key,
): NonNullable<TargetSettings[Key]> {
  const value = settings[key];
  if (value !== undefined) return value;
  const message = `${spec} needs ${SETTINGS[key].name}. Set it in the environment, or in the .env of your configuration folder.`;
  throw new ChatferryError('USAGE', message);
}
