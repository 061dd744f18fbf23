import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { ChatferryError } from '../errors/chatferry-error.js';
import { processEnvironment, readEnvironmentFile, type Environment } from './environment.js';
import { readPreset } from './presets.js';
import type { Setting } from './setting.js';
import { SETTING_KEYS, SETTINGS, type SettingKey, type Settings } from './settings.js';
import { misspeltNames } from './unknown-names.js';

/** Where a value came from, the strongest first. */
export type Origin = 'flag' | 'environment' | '.env' | 'preset' | 'default';

export interface LoadSettingsOptions {
  /** What the options of the command line say, as text, checked like everything else. */
  readonly flags?: Readonly<Partial<Record<SettingKey, string>>>;
  /** Where `.env` is read, and where relative paths start. */
  readonly cwd: string;
  /** @defaultValue the variables of this process */
  readonly env?: Environment;
  /** @defaultValue `process.platform` */
  readonly platform?: NodeJS.Platform;
  /** @defaultValue the home directory of this user */
  readonly homeDirectory?: string;
  /** @defaultValue this machine's */
  readonly coreCount?: number;
}

export interface LoadedSettings {
  readonly settings: Settings;
  origin(key: SettingKey): Origin;
  /** The text behind the value, as it was written; `undefined` when it is not set. Of a path: absolute. */
  text(key: SettingKey): string | undefined;
  /** Whole sentences: variables that look misspelt. */
  readonly warnings: readonly string[];
}

interface Given {
  readonly text: string;
  readonly origin: Origin;
}

/** The texts of one origin, by setting. */
type Layer = readonly [Origin, (key: SettingKey) => string | undefined];

/**
 * Gathers every setting: flag before environment before `.env` before preset before default. An empty variable counts
 * as not given, as `NAME=` in a copied `.env.example` means nothing.
 *
 * @throws {ChatferryError} `USAGE` that lists every wrong value at once, each with its name, where it stands, what it is
 *   (unless it is a secret) and what it may be.
 */
export function loadSettings({
  flags = {},
  cwd,
  env = processEnvironment(),
  platform = process.platform,
  homeDirectory = homedir(),
  coreCount = availableParallelism(),
}: LoadSettingsOptions): LoadedSettings {
  const file = readEnvironmentFile(join(cwd, '.env')) ?? {};
  const named: readonly Layer[] = [
    ['flag', (key) => flags[key]],
    ['environment', variablesOf(env)],
    ['.env', variablesOf(file)],
  ];
  const presetName = firstGiven('preset', named);
  const preset = presetName === undefined ? {} : readPreset(presetName.text, cwd);
  const context = { environment: env, platform, homeDirectory, coreCount };
  const layers: readonly Layer[] = [
    ...named,
    ['preset', variablesOf(preset)],
    ['default', (key) => SETTINGS[key].defaultText ?? SETTINGS[key].defaultFrom?.make(context)],
  ];

  const values: Record<string, unknown> = {};
  const givens = new Map<SettingKey, Given>();
  const problems: string[] = [];
  for (const key of SETTING_KEYS) {
    const setting: Setting<unknown> = SETTINGS[key];
    const given = firstGiven(key, layers);
    values[key] = key === 'telegramDcAddresses' ? [] : undefined;
    if (given === undefined) continue;
    givens.set(key, given);
    const parsed = setting.kind.schema.safeParse(given.text);
    if (!parsed.success) problems.push(problem(setting, given));
    else if (setting.path === true) values[key] = absolutePath(parsed.data as string, cwd, homeDirectory);
    else values[key] = parsed.data;
  }
  if (problems.length > 0) throw new ChatferryError('USAGE', wrongSettings(problems));

  return {
    settings: values as unknown as Settings, // Key by key from the table, whose type holds it equal to Settings.
    origin: (key) => givens.get(key)?.origin ?? 'default',
    text: (key) => (SETTINGS[key].path === true ? (values[key] as string | undefined) : givens.get(key)?.text),
    warnings: [
      ...misspeltNames(env, 'the environment'),
      ...misspeltNames(file, '.env'),
      ...misspeltNames(preset, `the preset ${presetName?.text ?? ''}`),
    ],
  };
}

function variablesOf(variables: Environment): Layer[1] {
  return (key) => {
    const text = variables[SETTINGS[key].name]?.trim();
    return text === '' ? undefined : text;
  };
}

function firstGiven(key: SettingKey, layers: readonly Layer[]): Given | undefined {
  for (const [origin, textOf] of layers) {
    const text = textOf(key)?.trim();
    if (text !== undefined) return { text, origin };
  }
  return undefined;
}

function absolutePath(path: string, cwd: string, homeDirectory: string): string {
  return path === '~' || /^~[\\/]/.test(path) ? join(homeDirectory, path.slice(1)) : resolve(cwd, path);
}

const PLACES: Readonly<Record<Origin, string>> = {
  flag: 'on the command line',
  environment: 'in the environment',
  '.env': 'in .env',
  preset: 'in the preset',
  default: 'by default',
};

function problem({ name, flag, kind, secret }: Setting<unknown>, { text, origin }: Given): string {
  const shownName = origin === 'flag' && flag !== undefined ? flag : name;
  const shownValue = secret === true ? 'which is not shown because it is a secret' : `got "${text}"`;
  return `${shownName} ${PLACES[origin]} must be ${kind.accepts}, ${shownValue}.`;
}

function wrongSettings(problems: readonly string[]): string {
  if (problems.length === 1) return problems.join('');
  return [`${String(problems.length)} settings are wrong:`, ...problems.map((line) => `  - ${line}`)].join('\n');
}
