import type { Settings } from './settings.js';
import { SETTING_KEYS, SETTINGS } from './settings.js';

/** The text that replaces a secret. */
export const MASK = '***';

/** Shorter ones are masked only where they stand as a word: a password "a" must not eat every a. */
const WORD_LENGTH = 4;

/** The values of all settings that are marked secret, and the password of the proxy. */
export function secretsOf(settings: Settings): readonly string[] {
  const { telegramProxy: proxy } = settings;
  return [
    ...SETTING_KEYS.filter((key) => SETTINGS[key].secret === true).map((key) => settings[key]),
    ...(typeof proxy === 'object' ? [proxy.password, proxy.passwordAsWritten] : []),
  ].filter((value) => typeof value === 'string');
}

/**
 * Makes a function that masks every secret wherever it occurs in a text: as it is, inside JSON, and inside a URL.
 *
 * @param secrets - Looked at on every call, so a set may grow while the redactor is in use. Empty ones are ignored.
 */
export function redactor(secrets: Iterable<string>): (text: string) => string {
  return (text) => {
    const forms = new Set([...secrets].flatMap(spellings));
    // Longest first, lest a secret that contains another one is left in halves.
    const byLength = [...forms].filter((form) => form !== '').sort((one, other) => other.length - one.length);
    if (byLength.length === 0) return text;
    return text.replaceAll(new RegExp(byLength.map(matcher).join('|'), 'gu'), MASK);
  };
}

function spellings(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  // toWellFormed's job: half a surrogate pair has no form in a URL.
  const url = encodeURIComponent(secret.replaceAll(/\p{Surrogate}/gu, '\uFFFD'));
  return [secret, json, JSON.stringify(json).slice(1, -1), url];
}

function matcher(form: string): string {
  const literal = form.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return form.length < WORD_LENGTH ? `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])` : literal;
}
