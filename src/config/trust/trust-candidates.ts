import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { isSystemError } from '../../disk/file-error.js';
import { type EnvironmentFile, readEnvironmentFile } from '../environment.js';
import type { LoadedSettings } from '../load-settings.js';
import type { Setting } from '../setting.js';
import { SETTING_KEYS, SETTINGS, type SettingKey } from '../settings.js';
import { identityOf, trustOfStrangeFile } from './file-trust.js';
import { realPathOf } from './inside-folder.js';
import { readTrustedFiles, type TrustedFile } from './trusted-files.js';

/** A setting that counts only when its file is trusted. */
export interface GuardedSetting {
  readonly key: SettingKey;
  /** The variable that says it: that of the setting, or of another program. */
  readonly name: string;
  /** As it is written: may be a secret. */
  readonly text: string;
}

/** A file that the user may trust. */
export interface TrustCandidate {
  /** Absolute, without links in its folders. */
  readonly path: string;
  readonly content: EnvironmentFile;
  /** What counts only by trust, in the order of the table. Not empty. */
  readonly settings: readonly GuardedSetting[];
  readonly isTrusted: boolean;
}

/**
 * The files of the working directory that need trust for something they say: `.env`, `config/*.env`, and the preset in
 * force.
 *
 * @throws {ChatferryError} `USAGE` for a file that cannot be read.
 */
export function trustCandidates(
  cwd: string,
  { ownFolder, preset, settings: { settingsFiles } }: Pick<LoadedSettings, 'ownFolder' | 'preset' | 'settings'>,
): readonly TrustCandidate[] {
  const trusted = readTrustedFiles(ownFolder).files;
  const own = settingsFiles.filter(({ trust }) => trust === 'yours' || trust === 'open to others');
  const paths = [
    resolve(cwd, '.env'),
    ...presetFiles(join(cwd, 'config')),
    ...(preset === undefined || preset.trust === 'yours' ? [] : [preset.path]),
  ].filter((path) => !own.some((file) => file.path === path));
  return [...new Set(paths.map(identityOf))].flatMap((path) => {
    const content = readEnvironmentFile(path);
    if (content === undefined) return [];
    const settings = guardedSettings(content, { base: cwd, cwd });
    const isTrusted = trustOfStrangeFile({ path, cwd }, content, trusted) === 'trusted';
    return settings.length === 0 ? [] : [{ path, content, settings, isTrusted }];
  });
}

/** The record of a candidate as it is now. */
export function trustRecord({ path, content }: TrustCandidate, cwd: string): TrustedFile {
  const { owner, sha256 } = content;
  return { folder: realPathOf(cwd), path, owner, sha256, trustedAt: new Date().toISOString() };
}

function guardedSettings(
  { variables }: EnvironmentFile,
  place: { readonly base: string; readonly cwd: string },
): readonly GuardedSetting[] {
  return SETTING_KEYS.flatMap((key) => {
    const { name: own, alsoNamed = [], onlyFromYou }: Setting<unknown> = SETTINGS[key];
    if (onlyFromYou === undefined) return [];
    return [own, ...alsoNamed.map(({ name }) => name)].flatMap((name) => {
      const text = variables[name]?.trim() ?? '';
      const isHarmless = text === '' || (onlyFromYou.unless?.isHarmless(text, place) ?? false);
      return isHarmless ? [] : [{ key, name, text }];
    });
  });
}

function presetFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.env'))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    if (isSystemError(error)) return []; // None, or none that can be looked at: they are not read either.
    throw error;
  }
}
