import { type Environment, processEnvironment } from '../config/environment.js';

/**
 * What a program needs to be found, to load its libraries and fonts, to put its files aside, and to speak the user's
 * language. None of it is ever a secret, and everything else stays here: sessions, passwords, tokens and keys of this
 * program and of all others that the user has in the environment.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  // Where programs, folders and files on their way are (POSIX.1-2017, 8.3).
  'PATH',
  'HOME',
  'TMPDIR',
  'TMP',
  'TEMP',
  'TZ',
  // Messages of ffmpeg and poppler; how names of files are read (POSIX.1-2017, 8.2).
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_COLLATE',
  'LC_CTYPE',
  'LC_MESSAGES',
  'LC_MONETARY',
  'LC_NUMERIC',
  'LC_TIME',
  // Shared libraries that are not in the system's places: an ffmpeg in /opt, Nix, Termux (ld.so(8), dyld(1)).
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'DYLD_LIBRARY_PATH',
  'DYLD_FALLBACK_LIBRARY_PATH',
  'NIX_LD',
  'NIX_LD_LIBRARY_PATH',
  // Fonts for the text in drawings and PDFs (fonts-conf(5)).
  'FONTCONFIG_FILE',
  'FONTCONFIG_PATH',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_DATA_DIRS',
  // How Node finds packages where a package manager has its own way (Yarn's Plug'n'Play).
  'NODE_OPTIONS',
  'NODE_PATH',
  // Without these Windows starts no program, or one that finds no libraries and no folder for its files.
  'APPDATA',
  'COMSPEC',
  'LOCALAPPDATA',
  'NUMBER_OF_PROCESSORS',
  'OS',
  'PATHEXT',
  'PROCESSOR_ARCHITECTURE',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'SYSTEMDRIVE',
  'SYSTEMROOT',
  'USERPROFILE',
  'WINDIR',
]);

/**
 * The environment of every program that this one starts: an allow-list of the own one.
 *
 * @param more - Above it. `undefined` takes one away.
 * @param own - What is chosen from. @defaultValue the variables of this process
 */
export function childEnvironment(more: Environment = {}, own: Environment = processEnvironment()): Environment {
  const allowed = Object.entries(own).filter(([name]) => ALLOWED.has(canonical(name)));
  return { ...Object.fromEntries(allowed), ...more };
}

/** Windows spells them as it likes: `Path`, `SystemRoot`. Elsewhere `path` is another variable. */
function canonical(name: string): string {
  return process.platform === 'win32' ? name.toUpperCase() : name;
}
