import type { SettingContext } from './setting.js';

/** Two hide the waiting for a disk; more than four cost memory before they save time. */
export function defaultWorkerCount(coreCount: number): number {
  return Math.min(4, Math.max(2, coreCount));
}

/** The same as the text of a setting. */
export function defaultWorkers({ coreCount }: SettingContext): string {
  return String(defaultWorkerCount(coreCount));
}

/** Where the login lies unless somebody says otherwise: absolute. */
export function defaultSessionFile({ environment, platform, homeDirectory }: SettingContext): string {
  // The places where each platform keeps a program's settings. XDG says that a relative path there is to be ignored.
  const appData = environment['APPDATA'];
  const xdgConfig = environment['XDG_CONFIG_HOME'];
  const folder =
    platform === 'win32'
      ? appData === undefined || appData === ''
        ? `${homeDirectory}/AppData/Roaming`
        : appData
      : platform === 'darwin'
        ? `${homeDirectory}/Library/Application Support`
        : xdgConfig?.startsWith('/') === true
          ? xdgConfig
          : `${homeDirectory}/.config`;
  return `${folder}/chatferry/telegram.session`;
}
