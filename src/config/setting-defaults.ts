import type { SettingContext } from './setting.js';

/** How long the answer to a request may take. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;

/** The longest flood wait that a run waits for. */
export const DEFAULT_MAX_FLOOD_WAIT_MS = 3_600_000;

/** Milliseconds between two readings of memory. */
export const DEFAULT_MEMORY_CHECK_INTERVAL_MS = 500;

/** Messages taken from a source and not yet written. */
export const DEFAULT_WINDOW_SIZE = 500;

/** Two hide the waiting for a disk; more than four cost memory before they save time. */
export function defaultWorkerCount(coreCount: number): number {
  return Math.min(4, Math.max(2, coreCount));
}

/** The same as the text of a setting. */
export function defaultWorkers({ coreCount }: SettingContext): string {
  return String(defaultWorkerCount(coreCount));
}

/** Where the login lies unless somebody says otherwise: absolute. */
export function defaultSessionFile(context: SettingContext): string | undefined {
  const folder = configurationFolder(context);
  return folder === undefined ? undefined : `${folder}/telegram.session`;
}

/**
 * The folder of this user's settings, where each platform keeps those of programs: absolute.
 *
 * @returns `undefined` without a home directory, unless the environment names the folder.
 */
export function configurationFolder({
  environment,
  platform,
  homeDirectory,
}: Omit<SettingContext, 'coreCount'>): string | undefined {
  const below = (folder: string): string | undefined => homeDirectory && `${homeDirectory}/${folder}`;
  const folder = ((): string | undefined => {
    const appData = environment['APPDATA'];
    if (platform === 'win32') return appData === undefined || appData === '' ? below('AppData/Roaming') : appData;
    if (platform === 'darwin') return below('Library/Application Support');
    const xdgConfig = environment['XDG_CONFIG_HOME'];
    return xdgConfig?.startsWith('/') === true ? xdgConfig : below('.config'); // XDG: a relative path there is ignored.
  })();
  return folder === undefined ? undefined : `${folder}/chatferry`;
}
