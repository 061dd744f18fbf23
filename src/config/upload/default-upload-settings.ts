import { availableParallelism } from 'node:os';

import { processEnvironment } from '../environment.js';
import { homeDirectoryOfUser } from '../home-directory.js';
import type { Setting, SettingContext } from '../setting.js';
import { S3_SETTINGS, type S3Settings } from './s3-settings.js';
import { STORE_SETTINGS, type StoreSettings } from './store-settings.js';
import { UPLOAD_SETTINGS, type UploadSettings } from './upload-settings.js';

/** The default settings of uploads. Reads no variables and no files, except to find this user's folder. */
export function defaultUploadSettings(): UploadSettings & S3Settings & StoreSettings {
  const context: SettingContext = {
    environment: processEnvironment(),
    platform: process.platform,
    homeDirectory: homeDirectoryOfUser(),
    coreCount: availableParallelism(),
  };
  return {
    ...defaultsOf(UPLOAD_SETTINGS, context),
    ...defaultsOf(S3_SETTINGS, context),
    ...defaultsOf(STORE_SETTINGS, context),
  };
}

function defaultsOf<Settings>(
  table: { readonly [Key in keyof Settings]-?: Setting<Settings[Key]> },
  context: SettingContext,
): Settings {
  const entries = Object.entries<Setting<unknown>>(table).map(([key, { defaultText, defaultFrom, kind }]) => {
    const text = defaultText ?? defaultFrom?.make(context);
    return [key, text === undefined ? undefined : kind.schema.parse(text)] as const;
  });
  return Object.fromEntries(entries) as Settings; // Key by key from the table, whose type holds it equal to Settings.
}
