import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ChatferryError } from '../errors/chatferry-error.js';
import { readEnvironmentFile, type Environment } from './environment.js';
import { nearName } from '../errors/near-name.js';
import type { Setting } from './setting.js';
import { SETTING_KEYS, SETTINGS } from './settings.js';

/** The folder `config/` of the package: two floors up from here, in the sources as in what is built from them. */
const PACKAGE_PRESETS = fileURLToPath(new URL('../../config', import.meta.url));

/** A preset that was found. */
export interface Preset {
  /** Absolute. */
  readonly path: string;
  readonly variables: Environment;
}

export interface PresetPlaces {
  readonly cwd: string;
  /** Where a relative path to a preset starts. */
  readonly pathsFrom: string;
}

/**
 * Reads a preset: a path that ends in `.env`, or the name of a file in `config/` of the working directory, then of the
 * package.
 *
 * @throws {ChatferryError} `USAGE` when there is none of that name, or when it holds a secret or names another preset:
 *   presets are made to be shared.
 */
export function readPreset(preset: string, { cwd, pathsFrom }: PresetPlaces): Preset {
  const folders = [join(cwd, 'config'), PACKAGE_PRESETS];
  const candidates = isPath(preset)
    ? [resolve(pathsFrom, preset)]
    : folders.map((folder) => join(folder, `${preset}.env`));
  for (const path of candidates) {
    const file = readEnvironmentFile(path);
    if (file !== undefined) return { path, variables: checked(file.variables, path) };
  }
  throw new ChatferryError('USAGE', unknownPreset(preset, folders));
}

/** The names of the presets in `folders`, sorted. */
export function presetNames(folders: readonly string[]): readonly string[] {
  const names = folders.flatMap(fileNames).filter((name) => name.endsWith('.env') && name !== '.env');
  return [...new Set(names.map((name) => name.slice(0, -'.env'.length)))].sort();
}

function isPath(preset: string): boolean {
  return preset.endsWith('.env') || /[\\/]/.test(preset);
}

function checked(variables: Environment, path: string): Environment {
  for (const key of SETTING_KEYS) {
    const { name, secret, kind }: Setting<unknown> = SETTINGS[key];
    const text = variables[name];
    if (text === undefined) continue;
    if (secret === true || (kind.mask?.(text) ?? text) !== text) {
      throw new ChatferryError('USAGE', `${path} holds ${name}, and a preset must hold no secret. Move it to .env.`);
    }
    if (key === 'preset') {
      throw new ChatferryError('USAGE', `${path} names another preset in ${name}. Take that line out.`);
    }
  }
  return variables;
}

function unknownPreset(preset: string, folders: readonly string[]): string {
  if (isPath(preset)) return `There is no preset file ${preset}.`;
  const names = presetNames(folders);
  const near = nearName(preset, names);
  const guess = near === undefined ? '' : ` Did you mean ${near}?`;
  return `There is no preset "${preset}".${guess} There are: ${names.join(', ')}.`;
}

function fileNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
