import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { ChatferryError } from '../errors/chatferry-error.js';
import { processEnvironment, type Environment } from './environment.js';
import { homeDirectoryOfUser } from './home-directory.js';
import { readPreset } from './presets.js';
import type { Setting } from './setting.js';
import { configurationFolder } from './setting-defaults.js';
import { readSettingsFiles } from './settings-file.js';
import { SETTING_KEYS, SETTINGS, type SettingKey, type Settings } from './settings.js';
import { misspeltNames } from './unknown-names.js';

/** Where a value came from, the strongest first. */
export type Origin = 'flag' | 'environment' | '.env' | 'preset' | 'default';

export interface LoadSettingsOptions {
  /** What the options of the command line say, as text, checked like everything else. */
  readonly flags?: Readonly<Partial<Record<SettingKey, string>>>;
  /** Where `.env` is read first, and where relative paths start that no `.env` says. */
  readonly cwd: string;
  /** @defaultValue the variables of this process */
  readonly env?: Environment;
  /** @defaultValue `process.platform` */
  readonly platform?: NodeJS.Platform;
  /** Empty where there is none. @defaultValue the home directory of this user */
  readonly homeDirectory?: string;
  /** @defaultValue this machine's */
  readonly coreCount?: number;
}

export interface LoadedSettings {
  readonly settings: Settings;
  origin(key: SettingKey): Origin;
  /** The `.env` or preset that says the value, absolute; `undefined` when none does. */
  file(key: SettingKey): string | undefined;
  /** The text behind the value, as it was written; `undefined` when it is not set. Of a path: absolute. */
  text(key: SettingKey): string | undefined;
  /** Whole sentences: variables that look misspelt. */
  readonly warnings: readonly string[];
}

/** Settings that are no list, but an empty one, where they are not given. */
const EMPTY_LISTS: ReadonlySet<SettingKey> = new Set(['telegramDcAddresses', 'noProxy']);

/** The texts of one origin, by setting. */
interface Layer {
  readonly origin: Origin;
  readonly textOf: (key: SettingKey) => string | undefined;
  /** The variables behind it, where it has any. */
  readonly variables?: Environment;
  /** Absolute, where it is a file. */
  readonly path?: string;
  /** Where it is, for messages: `in .env`. */
  readonly place: string;
  /** Where its relative paths start. @defaultValue the working directory */
  readonly folder?: string;
}

interface Given {
  readonly text: string;
  /** The variable of another program that says it. */
  readonly alsoNamed?: string;
  readonly layer: Layer;
}

/**
 * Gathers every setting: flag before environment before `.env` of the working directory before `.env` of this user
 * before preset before default. An empty variable counts as not given, as `NAME=` in a copied `.env.example` means nothing.
 *
 * @throws {ChatferryError} `USAGE` that lists every wrong value at once, each with its name, where it stands, what it is
 *   (unless it is a secret) and what it may be.
 */
export function loadSettings({
  flags = {},
  cwd,
  env = processEnvironment(),
  platform = process.platform,
  homeDirectory: home = homeDirectoryOfUser() ?? '',
  coreCount = availableParallelism(),
}: LoadSettingsOptions): LoadedSettings {
  const homeDirectory = home === '' ? undefined : home;
  const context = { environment: env, platform, homeDirectory, coreCount };
  const files = readSettingsFiles(cwd, configurationFolder(context));
  const named: readonly Layer[] = [
    { origin: 'flag', textOf: (key) => flags[key], place: 'on the command line' },
    { origin: 'environment', textOf: variablesOf(env), variables: env, place: 'in the environment' },
    ...files.map(({ path, shortName, variables }): Layer => ({
      origin: '.env',
      textOf: variablesOf(variables),
      variables,
      path,
      place: `in ${shortName}`,
      folder: dirname(path),
    })),
  ];
  const presetName = firstGiven('preset', named);
  const preset = presetName && readPreset(presetName.text, { cwd, pathsFrom: presetName.layer.folder ?? cwd });
  const layers: readonly Layer[] = [
    ...named,
    ...(preset === undefined
      ? []
      : [
          {
            origin: 'preset',
            textOf: variablesOf(preset.variables),
            path: preset.path,
            place: 'in the preset',
          } satisfies Layer,
        ]),
    {
      origin: 'default',
      textOf: (key) => SETTINGS[key].defaultText ?? SETTINGS[key].defaultFrom?.make(context),
      place: 'by default',
    },
  ];

  const values: Record<string, unknown> = { settingsFiles: files.map(({ path, state }) => ({ path, state })) };
  const givens = new Map<SettingKey, Given>();
  const problems: string[] = [];
  for (const key of SETTING_KEYS) {
    const setting: Setting<unknown> = SETTINGS[key];
    const given = firstGiven(key, layers);
    values[key] = EMPTY_LISTS.has(key) ? [] : undefined;
    if (given === undefined) continue;
    givens.set(key, given);
    const parsed = setting.kind.schema.safeParse(given.text);
    // What another program's variable says matters to those commands alone that would go by it.
    if (!parsed.success && given.alsoNamed !== undefined) values['proxyProblem'] = problem(setting, given);
    else if (!parsed.success) problems.push(problem(setting, given));
    else if (setting.path === true) {
      const absolute = absolutePath(parsed.data as string, given.layer.folder ?? cwd, homeDirectory);
      values[key] = absolute;
      if (absolute === undefined) problems.push(homeless(setting, given));
    } else values[key] = parsed.data;
  }
  if (problems.length > 0) throw new ChatferryError('USAGE', wrongSettings(problems));

  return {
    settings: values as unknown as Settings, // Key by key from the table, whose type holds it equal to Settings.
    origin: (key) => givens.get(key)?.layer.origin ?? 'default',
    file: (key) => givens.get(key)?.layer.path,
    text: (key) => (SETTINGS[key].path === true ? (values[key] as string | undefined) : givens.get(key)?.text),
    warnings: [
      ...misspeltNames(env, 'the environment'),
      ...files.flatMap(({ shortName, variables }) => misspeltNames(variables, shortName)),
      ...(preset === undefined ? [] : misspeltNames(preset.variables, `the preset ${presetName?.text ?? ''}`)),
      ...files
        .filter(({ state }) => state === 'not readable')
        .map(({ path }) => `${path} cannot be read, and is left aside.`),
    ],
  };
}

function variablesOf(variables: Environment): Layer['textOf'] {
  return (key) => {
    const text = variables[SETTINGS[key].name]?.trim();
    return text === '' ? undefined : text;
  };
}

function firstGiven(key: SettingKey, layers: readonly Layer[]): Given | undefined {
  for (const layer of layers) {
    const text = layer.textOf(key)?.trim();
    if (text !== undefined) return { text, layer };
  }
  const { alsoNamed = [] }: Setting<unknown> = SETTINGS[key];
  for (const layer of layers) {
    for (const { name, prefix = '' } of alsoNamed) {
      const text = layer.variables?.[name]?.trim() ?? '';
      if (text === '') continue;
      const isWhole = prefix === '' || text.includes('://') || text.toLowerCase() === 'none';
      return { text: isWhole ? text : `${prefix}${text}`, layer, alsoNamed: name };
    }
  }
  return undefined;
}

/** Undefined for a path below a home directory that there is not. */
function absolutePath(path: string, folder: string, homeDirectory: string | undefined): string | undefined {
  if (path !== '~' && !/^~[\\/]/.test(path)) return resolve(folder, path);
  return homeDirectory && join(homeDirectory, path.slice(1));
}

function problem(setting: Setting<unknown>, given: Given): string {
  const { name, kind, secret, defaultFrom } = setting;
  const shown = kind.mask?.(given.text) ?? given.text;
  const refusal = kind.refusal?.(given.text);
  if (refusal !== undefined) return `${whoSays(setting, given)} "${shown}" ${refusal}.`;
  const shownValue = secret === true ? 'which is not shown because it is a secret' : `got "${shown}"`;
  if (given.layer.origin === 'default' && defaultFrom?.source !== undefined) {
    return `${defaultFrom.source} must be ${kind.accepts}, ${shownValue}. Mend it, or set ${name}.`;
  }
  return `${whoSays(setting, given)} must be ${kind.accepts}, ${shownValue}.`;
}

function homeless(setting: Setting<unknown>, given: Given): string {
  const found = `${whoSays(setting, given)} is "${given.text}", and this user has no home directory`;
  return `${found}. Set HOME, or write the whole path.`;
}

/** `--out on the command line`, `EXPORT_DIR in .env`. */
function whoSays({ name, flag }: Setting<unknown>, { layer, alsoNamed = name }: Given): string {
  return `${layer.origin === 'flag' && flag !== undefined ? flag : alsoNamed} ${layer.place}`;
}

function wrongSettings(problems: readonly string[]): string {
  if (problems.length === 1) return problems.join('');
  return [`${String(problems.length)} settings are wrong:`, ...problems.map((line) => `  - ${line}`)].join('\n');
}
