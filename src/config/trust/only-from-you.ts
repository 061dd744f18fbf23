import { resolve } from 'node:path';

import { isInsideFolder } from './inside-folder.js';

/** Where a text comes from that may do harm. */
export interface TextPlace {
  /** Where its relative paths start. */
  readonly base: string;
  /** The working directory. */
  readonly cwd: string;
}

/**
 * Why a setting counts only from its user: flag, environment, the user's own configuration folder, or a file that the user
 * trusts. A folder that somebody prepared must not say it.
 */
export interface OnlyFromYou {
  /** Completes "NAME names …" for people. */
  readonly names: string;
  /** The texts that do no harm, whoever wrote them. @defaultValue none */
  readonly unless?: { readonly describe: string; readonly isHarmless: (text: string, place: TextPlace) => boolean };
}

export const PROGRAM: OnlyFromYou = { names: 'a program that is run' };
export const LOG: OnlyFromYou = { names: 'a file that is written to' };
export const ACCOUNT: OnlyFromYou = { names: 'the account to use' };
export const LOGIN_PLACE: OnlyFromYou = { names: 'where your login is stored' };
export const SERVER: OnlyFromYou = { names: 'the server that gets your login' };
export const SERVER_KEY: OnlyFromYou = { names: 'the key that authenticates a server' };
export const UPLOAD_PLACE: OnlyFromYou = { names: 'where files are uploaded to' };
export const UPLOAD_SESSIONS: OnlyFromYou = { names: 'where uploads keep their sessions' };
export const STORE_KEY: OnlyFromYou = { names: 'the account at a store' };
export const ENCRYPTION: OnlyFromYou = { names: 'how a store encrypts files' };
export const WAY: OnlyFromYou = { names: 'the route of connections' };

/** A folder may say where in it the archive lies; anywhere else could be a place that others read. */
export const PLACE_OUTSIDE: OnlyFromYou = {
  names: 'a place outside the working directory',
  unless: { describe: 'a path inside the working directory', isHarmless: isInside },
};

/** A folder may choose a preset of the program, or one of its own, which itself needs trust. */
export const PRESET_OUTSIDE: OnlyFromYou = {
  names: 'a file of settings outside the working directory',
  unless: {
    describe: 'the name of a preset, or a path inside the working directory',
    isHarmless: (text, place) => !/[\\/:]/.test(text) || isInside(text, place),
  },
};

/** What becomes of originals: keep does no harm. */
export const ORIGINALS: OnlyFromYou = {
  names: 'that originals are replaced',
  unless: { describe: 'keep', isHarmless: (text) => /^keep$/i.test(text) },
};

/** A folder must not open the archive that is made in it to others. */
export const READERS: OnlyFromYou = {
  names: 'that others may read the archive',
  unless: { describe: 'private', isHarmless: (text) => /^private$/i.test(text) },
};

/** A folder must not turn off the removal of metadata that the user has turned on for all folders. */
export const PRIVACY: OnlyFromYou = {
  names: 'that copies keep place, time and names',
  unless: { describe: 'true', isHarmless: (text) => /^(?:true|1|yes|on)$/i.test(text) },
};

/** A folder must not have files sent where others can read along. */
export const PLAIN_TEXT: OnlyFromYou = {
  names: 'that files are sent without encryption',
  unless: { describe: 'false', isHarmless: isNo },
};

/** A folder must not have files sent to services that only this machine can reach. */
export const PRIVATE_REDIRECTS: OnlyFromYou = {
  names: 'that servers may redirect uploads to private addresses',
  unless: { describe: 'false', isHarmless: isNo },
};

function isNo(text: string): boolean {
  return /^(?:false|0|no|off)$/i.test(text);
}

function isInside(text: string, { base, cwd }: TextPlace): boolean {
  return !text.startsWith('~') && isInsideFolder(resolve(base, text), cwd);
}
