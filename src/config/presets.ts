import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ChatferryError } from '../errors/chatferry-error.js';
import { type Environment, type EnvironmentFile, readEnvironmentFile } from './environment.js';
import { nearName } from '../errors/near-name.js';
import type { Setting } from './setting.js';
import { SETTING_KEYS, SETTINGS } from './settings.js';
import { type FileTrust, trustOfOwnFile, trustOfStrangeFile } from './trust/file-trust.js';
import { isInsideFolder, realPathOf } from './trust/inside-folder.js';
import type { TrustedFile } from './trust/trusted-files.js';

/** The folder `config/` of the package: two floors up from here, in the sources as in what is built from them. */
const PACKAGE_PRESETS = fileURLToPath(new URL('../../config', import.meta.url));

/** A preset that was found. */
export interface Preset {
  /** Absolute. */
  readonly path: string;
  readonly content: EnvironmentFile;
  readonly trust: FileTrust;
  /** A file of the working directory with the name of this preset of the program, which is not read: absolute. */
  readonly shadowed?: string;
}

export interface PresetPlaces {
  readonly cwd: string;
  /** Where a relative path to a preset starts. */
  readonly pathsFrom: string;
  /** Whether the user named it, and not a file that came with the working directory. */
  readonly isNamedByUser: boolean;
  /** The configuration folder of this user. */
  readonly ownFolder: string | undefined;
  readonly trusted: readonly TrustedFile[];
}

/**
 * Reads a preset: a path that ends in `.env`, or the name of a file in `config/` of the package, then of the working
 * directory. So no folder can put another file in the place of a preset that the user knows.
 *
 * @throws {ChatferryError} `USAGE` when there is none of that name, or when it holds a secret or names another preset:
 *   presets are made to be shared.
 */
export function readPreset(preset: string, places: PresetPlaces): Preset {
  const { cwd, pathsFrom } = places;
  const near = join(cwd, 'config', `${preset}.env`);
  const packaged = join(PACKAGE_PRESETS, `${preset}.env`);
  for (const path of isPath(preset) ? [resolve(pathsFrom, preset)] : [packaged, near]) {
    const content = readEnvironmentFile(path);
    if (content === undefined) continue;
    checkVariables(content.variables, path);
    if (path !== packaged) return { path, content, trust: trustOf(preset, { path, content }, places) };
    const isShadowing = existsSync(near) && realPathOf(near) !== realPathOf(packaged);
    return { path, content, trust: 'yours', ...(isShadowing ? { shadowed: near } : {}) };
  }
  throw new ChatferryError('USAGE', unknownPreset(preset, [PACKAGE_PRESETS, join(cwd, 'config')]));
}

/**
 * A preset is the user's own in the configuration folder, and where the user names it by its whole path outside the
 * working directory.
 */
function trustOf(preset: string, { path, content }: Pick<Preset, 'path' | 'content'>, places: PresetPlaces): FileTrust {
  const { cwd, isNamedByUser, ownFolder, trusted } = places;
  const isOwn = ownFolder !== undefined && isInsideFolder(path, ownFolder);
  if (isNamedByUser && (isOwn || (isAbsolute(preset) && !isInsideFolder(path, cwd)))) {
    const trust = trustOfOwnFile(path, content);
    if (trust === 'yours') return trust;
  }
  return trustOfStrangeFile({ path, cwd }, content, trusted);
}

/** The names of the presets in `folders`, sorted. */
export function presetNames(folders: readonly string[]): readonly string[] {
  const names = folders.flatMap(fileNames).filter((name) => name.endsWith('.env') && name !== '.env');
  return [...new Set(names.map((name) => name.slice(0, -'.env'.length)))].sort();
}

function isPath(preset: string): boolean {
  return preset.endsWith('.env') || /[\\/]/.test(preset);
}

/** @throws {ChatferryError} `USAGE` */
function checkVariables(variables: Environment, path: string): void {
  for (const key of SETTING_KEYS) {
    const { name, secret, kind }: Setting<unknown> = SETTINGS[key];
    const text = variables[name];
    if (text === undefined) continue;
    if (secret === true || (kind.mask?.(text) ?? text) !== text) {
      throw new ChatferryError(
        'USAGE',
        `${path} contains ${name}, and a preset must not contain secrets. Move it to .env.`,
      );
    }
    if (key === 'preset') {
      throw new ChatferryError('USAGE', `${path} names another preset in ${name}. Remove that line.`);
    }
  }
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
