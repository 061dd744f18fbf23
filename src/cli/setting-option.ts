import { Option, type Command } from 'commander';

import type { Setting } from '../config/setting.js';
import { SETTINGS, type SettingKey } from '../config/settings.js';

/** An option of the command line that sets one of the settings, documented by the table of settings. */
export class SettingOption extends Option {
  readonly key: SettingKey;
  /** What the option says when it takes no value of its own. */
  readonly #constant: string | undefined;

  /**
   * @param placeholder - What the value is called in the help: `<folder>`. Without a value: the text the option stands
   *   for.
   * @param sentence - What the help says, where the setting's own description does not fit the option.
   */
  constructor(key: SettingKey, placeholder: `<${string}>` | { readonly means: string }, sentence?: string) {
    const setting: Setting<unknown> = SETTINGS[key];
    if (setting.flag === undefined) throw new TypeError(`${setting.name} has no flag in the table of settings`);
    const takesValue = typeof placeholder === 'string';
    super(takesValue ? `${setting.flag} ${placeholder}` : setting.flag, describe(setting, sentence, takesValue));
    this.key = key;
    this.#constant = takesValue ? undefined : placeholder.means;
  }

  /** The text for the setting, as it would stand in the environment. */
  text(value: unknown): string {
    return this.#constant ?? String(value);
  }
}

/** What the options of `command`, the global ones included, say about settings. */
export function flagsOf(command: Command): Readonly<Partial<Record<SettingKey, string>>> {
  const flags: Partial<Record<SettingKey, string>> = {};
  for (let current: Command | null = command; current !== null; current = current.parent) {
    for (const option of current.options) {
      const name = option.attributeName();
      if (!(option instanceof SettingOption) || current.getOptionValueSource(name) !== 'cli') continue;
      flags[option.key] ??= option.text(current.getOptionValue(name));
    }
  }
  return flags;
}

function describe(setting: Setting<unknown>, sentence: string | undefined, takesValue: boolean): string {
  const { description, name, kind, defaultText } = setting;
  if (sentence !== undefined) return `${sentence} (${name})`;
  const firstSentence = description.split('. ')[0]?.replace(/\.$/, '') ?? '';
  const text = firstSentence.charAt(0).toLowerCase() + firstSentence.slice(1);
  const value = takesValue ? `: ${kind.accepts}` : '';
  const fallback = takesValue && defaultText !== undefined ? `, default ${defaultText}` : '';
  return `${text}${value} (${name}${fallback})`;
}
