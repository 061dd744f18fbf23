import { type Environment, processEnvironment } from '../config/environment.js';

/**
 * Variables that a program needs to be found, to load its libraries and fonts, to write temporary files, and to use the user's
 * language. None of them contains a secret. All others are withheld: sessions, passwords, tokens and keys of this program and
 * of any other.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  // Paths of programs, home and temporary files (POSIX.1-2017, 8.3).
  'PATH',
  'HOME',
  'TMPDIR',
  'TMP',
  'TEMP',
  'TZ',
  // Language of messages, and the encoding of file names (POSIX.1-2017, 8.2).
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_COLLATE',
  'LC_CTYPE',
  'LC_MESSAGES',
  'LC_MONETARY',
  'LC_NUMERIC',
  'LC_TIME',
  // Shared libraries outside the system's directories: an ffmpeg in /opt, Nix, Termux (ld.so(8), dyld(1)).
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
  // How Node finds packages under Yarn's Plug'n'Play.
  'NODE_OPTIONS',
  'NODE_PATH',
  // Windows needs these to start a program, to find libraries, and for temporary files.
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
 * The environment of every program that this one starts: the allowed variables of our own environment.
 *
 * @param more - Variables that are added or replaced. `undefined` removes one.
 * @param own - The environment to select from. @defaultValue the variables of this process
 */
export function childEnvironment(more: Environment = {}, own: Environment = processEnvironment()): Environment {
  const allowed = Object.entries(own).filter(([name]) => ALLOWED.has(canonical(name)));
  return { ...Object.fromEntries(allowed), ...more };
}

/** Names are case-insensitive on Windows (`Path`, `SystemRoot`), and case-sensitive elsewhere. */
function canonical(name: string): string {
  return process.platform === 'win32' ? name.toUpperCase() : name;
}
