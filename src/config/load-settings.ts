import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

import { ChatferryError } from '../errors/chatferry-error.js';
import { processEnvironment, type Environment } from './environment.js';
import { homeDirectoryOfUser } from './home-directory.js';
import { describeIgnored } from './ignored-settings.js';
import { find, type Given, type IgnoredSetting, type Layer, type Origin, variablesOf } from './layer.js';
import { type Preset, readPreset } from './presets.js';
import { sessionFileOfServer } from './session-path.js';
import type { Setting } from './setting.js';
import { configurationFolder } from './setting-defaults.js';
import { ownSettingsFile, readSettingsFiles, type SettingsFile } from './settings-file.js';
import { SETTING_KEYS, SETTINGS, type SettingKey, type Settings } from './settings.js';
import { readTrustedFiles } from './trust/trusted-files.js';
import { misspeltNames } from './unknown-names.js';

export type { Origin };

export interface LoadSettingsOptions {
  /** What the options of the command line say, as text, checked like everything else. */
  readonly flags?: Readonly<Partial<Record<SettingKey, string>>>;
  /**
   * Where `.env` is read first, and where relative paths start that no `.env` says.
   *
   * @defaultValue the working directory
   */
  readonly cwd?: string;
  /** @defaultValue the variables of this process */
  readonly env?: Environment;
  /** @defaultValue `process.platform` */
  readonly platform?: NodeJS.Platform;
  /** Empty where there is none. @defaultValue the home directory of this user */
  readonly homeDirectory?: string;
  /** @defaultValue this machine's */
  readonly coreCount?: number;
  /** `false` reads no settings file: neither `.env` of the folder nor that of the user. @defaultValue true */
  readonly readsFiles?: boolean;
}

export interface LoadedSettings {
  readonly settings: Settings;
  origin(key: SettingKey): Origin;
  /** The `.env` or preset that says the value, absolute; `undefined` when none does. */
  file(key: SettingKey): string | undefined;
  /** The text behind the value, as it was written; `undefined` when it is not set. Of a path: absolute. */
  text(key: SettingKey): string | undefined;
  /** `in .env`, `in the environment`, `on the command line`: where the value stands. */
  place(key: SettingKey): string;
  /** Whether the value comes from the user: not from a file of the working directory, trusted or not. */
  isFromYou(key: SettingKey): boolean;
  /** Texts that would be in force, but stand in files whose word does not count for them. */
  readonly ignored: readonly IgnoredSetting[];
  /** Whole sentences about {@link LoadedSettings.ignored}, one text for each file. */
  readonly ignoredWarnings: readonly string[];
  /** Whole sentences: variables that look misspelt, files that are left aside. */
  readonly warnings: readonly string[];
  /** The preset in force. */
  readonly preset: Preset | undefined;
  /** Where this user's settings and trust are kept: absolute; undefined without a home directory. */
  readonly ownFolder: string | undefined;
}

/** Settings whose default is an empty list. */
const EMPTY_LISTS: ReadonlySet<SettingKey> = new Set(['telegramDcAddresses', 'noProxy']);

/**
 * Gathers every setting: flag before environment before `.env` of the working directory before `.env` of this user
 * before preset before default. An empty variable counts as not given, as `NAME=` in a copied `.env.example` means nothing.
 * Settings that could be turned against the user count from files of the working directory only where those are trusted.
 *
 * @throws {ChatferryError} `USAGE` that lists every wrong value at once, each with its name, where it stands, what it is
 *   (unless it is a secret) and what it may be.
 */
export function loadSettings({
  flags = {},
  cwd = process.cwd(),
  env = processEnvironment(),
  platform = process.platform,
  homeDirectory: home = homeDirectoryOfUser() ?? '',
  coreCount = availableParallelism(),
  readsFiles = true,
}: LoadSettingsOptions = {}): LoadedSettings {
  const homeDirectory = home === '' ? undefined : home;
  const context = { environment: env, platform, homeDirectory, coreCount };
  const ownFolder = configurationFolder(context);
  const { files: trusted, problem: trustProblem } = readTrustedFiles(readsFiles ? ownFolder : undefined);
  const files = readsFiles ? readSettingsFiles({ cwd, folder: ownFolder, trusted }) : [];
  const named: readonly Layer[] = [
    { origin: 'flag', textOf: (key) => flags[key], place: 'on the command line', base: cwd },
    { origin: 'environment', textOf: variablesOf(env), variables: env, place: 'in the environment', base: cwd },
    ...files.map(({ path, shortName, variables, trust = 'not trusted' }): Layer => ({
      origin: '.env',
      textOf: variablesOf(variables),
      variables,
      file: { path, shortName, trust },
      place: `in ${shortName}`,
      base: dirname(path),
    })),
  ];
  const presetName = find('preset', named, cwd).given;
  const preset =
    presetName &&
    readPreset(presetName.text, {
      cwd,
      pathsFrom: presetName.layer.base,
      isNamedByUser: isOfUser(presetName.layer),
      ownFolder,
      trusted,
    });
  const layers: readonly Layer[] = [
    ...named,
    ...(preset === undefined ? [] : [presetLayer(preset, presetName?.text ?? '', cwd)]),
    {
      origin: 'default',
      textOf: (key) => SETTINGS[key].defaultText ?? SETTINGS[key].defaultFrom?.make(context),
      place: 'by default',
      base: cwd,
    },
  ];

  const values: Record<string, unknown> = { settingsFiles: files.map(publicFacts) };
  const givens = new Map<SettingKey, Given>();
  const problems: string[] = [];
  const ignored: IgnoredSetting[] = [];
  for (const key of SETTING_KEYS) {
    const setting: Setting<unknown> = SETTINGS[key];
    const found = find(key, layers, cwd);
    const { given } = found;
    ignored.push(...found.ignored);
    values[key] = EMPTY_LISTS.has(key) ? [] : undefined;
    if (given === undefined) continue;
    givens.set(key, given);
    const parsed = setting.kind.schema.safeParse(given.text);
    // What another program's variable says matters to those commands alone that would go by it.
    if (!parsed.success && given.name !== setting.name) values['proxyProblem'] = problem(setting, given);
    else if (!parsed.success) problems.push(problem(setting, given));
    else if (setting.path === true) {
      const absolute = absolutePath(parsed.data as string, given.layer.base, homeDirectory);
      values[key] = absolute;
      if (absolute === undefined) problems.push(homeless(setting, given));
    } else values[key] = parsed.data;
  }
  if (problems.length > 0) throw new ChatferryError('USAGE', wrongSettings(problems));

  // The loop above gave each key its value: the type of SETTINGS holds the keys and kinds equal to those of Settings.
  const settings = values as Partial<Settings> as Settings;
  if (givens.get('telegramSessionFile')?.layer.origin === 'default') {
    values['telegramSessionFile'] = sessionFileOfServer(settings);
  }

  const layerOf = (key: SettingKey): Layer | undefined => givens.get(key)?.layer;
  return {
    settings,
    origin: (key) => layerOf(key)?.origin ?? 'default',
    file: (key) => layerOf(key)?.file?.path,
    text: (key) => (SETTINGS[key].path === true ? (values[key] as string | undefined) : givens.get(key)?.text),
    place: (key) => layerOf(key)?.place ?? 'by default',
    isFromYou: (key) => isOfUser(layerOf(key)),
    ignored,
    ignoredWarnings: describeIgnored(ignored, ownFolder && ownSettingsFile(ownFolder)),
    warnings: [
      ...(trustProblem === undefined ? [] : [trustProblem]),
      ...misspeltNames(env, 'the environment'),
      ...files.flatMap(({ shortName, variables }) => misspeltNames(variables, shortName)),
      ...(preset === undefined ? [] : misspeltNames(preset.content.variables, `the preset ${presetName?.text ?? ''}`)),
      ...(preset?.shadowed === undefined ? [] : [shadowedPreset(preset.shadowed, presetName?.text ?? '', cwd)]),
      ...files
        .filter(({ state }) => state === 'not readable')
        .map(({ path }) => `${path} cannot be read and is ignored.`),
    ],
    preset,
    ownFolder,
  };
}

function publicFacts({ path, state, trust }: SettingsFile): SettingsFile {
  return { path, state, ...(trust === undefined ? {} : { trust }) };
}

/** A file of the working directory that the user trusts is still not the user's own. */
function isOfUser(layer: Layer | undefined): boolean {
  return layer?.file === undefined || layer.file.trust === 'yours';
}

function presetLayer({ path, content: { variables }, trust }: Preset, name: string, cwd: string): Layer {
  const shortName = pathFrom(cwd, path);
  const file = { path, shortName, trust, preset: name };
  return { origin: 'preset', textOf: variablesOf(variables), file, place: 'in the preset', base: cwd };
}

function shadowedPreset(path: string, name: string, cwd: string): string {
  const file = pathFrom(cwd, path);
  return `${file} is ignored: "${name}" is a preset of chatferry. To use that file: --preset ./${file.replaceAll('\\', '/')}`;
}

/** Relative where it is below. */
function pathFrom(cwd: string, path: string): string {
  const way = relative(cwd, path);
  return way.startsWith('..') ? path : way;
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
    return `${defaultFrom.source} must be ${kind.accepts}, ${shownValue}. Correct it, or set ${name}.`;
  }
  return `${whoSays(setting, given)} must be ${kind.accepts}, ${shownValue}.`;
}

function homeless(setting: Setting<unknown>, given: Given): string {
  const found = `${whoSays(setting, given)} is "${given.text}", and this user has no home directory`;
  return `${found}. Set HOME, or write the whole path.`;
}

/** `--out on the command line`, `EXPORT_DIR in .env`. */
function whoSays({ flag }: Setting<unknown>, { layer, name }: Given): string {
  return `${layer.origin === 'flag' && flag !== undefined ? flag : name} ${layer.place}`;
}

function wrongSettings(problems: readonly string[]): string {
  if (problems.length === 1) return problems.join('');
  return [`${String(problems.length)} settings are wrong:`, ...problems.map((line) => `  - ${line}`)].join('\n');
}
