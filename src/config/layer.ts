import type { Environment } from './environment.js';
import type { Setting } from './setting.js';
import { SETTINGS, type SettingKey } from './settings.js';
import { type FileTrust, isFullyTrusted } from './trust/file-trust.js';

/** Where a value came from, the strongest first. */
export type Origin = 'flag' | 'environment' | '.env' | 'preset' | 'default';

/** The texts of one origin, by setting. */
export interface Layer {
  readonly origin: Origin;
  readonly textOf: (key: SettingKey) => string | undefined;
  /** The variables behind it, where it has any. */
  readonly variables?: Environment;
  /** The file that has them, where it is one. */
  readonly file?: LayerFile;
  /** Where it is, for messages: `in .env`. */
  readonly place: string;
  /** Where its relative paths start. */
  readonly base: string;
}

export interface LayerFile {
  /** Absolute. */
  readonly path: string;
  /** How messages call it. */
  readonly shortName: string;
  readonly trust: FileTrust;
  /** How the user named it, where it is a preset. */
  readonly preset?: string;
}

/** A text that is in force for a setting. */
export interface Given {
  readonly text: string;
  /** The variable that says it: that of the setting, or of another program. */
  readonly name: string;
  readonly layer: Layer;
}

/** A text that would be in force, were it not in a file whose word does not count for this setting. */
export interface IgnoredSetting {
  readonly key: SettingKey;
  /** The variable. */
  readonly name: string;
  /** As it is written: may be a secret. */
  readonly text: string;
  readonly file: LayerFile;
}

/** What the layers say about one setting. */
export interface Found {
  readonly given: Given | undefined;
  readonly ignored: readonly IgnoredSetting[];
}

/** The texts of variables for settings; an empty text counts as not set. */
export function variablesOf(variables: Environment): Layer['textOf'] {
  return (key) => {
    const text = variables[SETTINGS[key].name]?.trim();
    return text === '' ? undefined : text;
  };
}

/**
 * The text of the strongest layer that has one and whose word counts; then the variables of other programs in the same
 * order.
 */
export function find(key: SettingKey, layers: readonly Layer[], cwd: string): Found {
  const ignored: IgnoredSetting[] = [];
  for (const given of candidates(key, layers)) {
    const { text, name, layer } = given;
    if (layer.file === undefined || counts(key, { text, layer }, cwd)) return { given, ignored };
    ignored.push({ key, name, text, file: layer.file });
  }
  return { given: undefined, ignored };
}

/** Whether the word of a layer counts for a setting. */
function counts(key: SettingKey, { text, layer }: Pick<Given, 'text' | 'layer'>, cwd: string): boolean {
  const { onlyFromYou }: Setting<unknown> = SETTINGS[key];
  if (onlyFromYou === undefined || layer.file === undefined || isFullyTrusted(layer.file.trust)) return true;
  return onlyFromYou.unless?.isHarmless(text, { base: layer.base, cwd }) ?? false;
}

function* candidates(key: SettingKey, layers: readonly Layer[]): Generator<Given, void, void> {
  const { name: own, alsoNamed = [] }: Setting<unknown> = SETTINGS[key];
  for (const layer of layers) {
    const text = layer.textOf(key)?.trim();
    if (text !== undefined) yield { text, name: own, layer };
  }
  for (const layer of layers) {
    for (const { name, prefix = '' } of alsoNamed) {
      const text = layer.variables?.[name]?.trim() ?? '';
      if (text === '') continue;
      const isWhole = prefix === '' || text.includes('://') || text.toLowerCase() === 'none';
      yield { text: isWhole ? text : `${prefix}${text}`, name, layer };
    }
  }
}
