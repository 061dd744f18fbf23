import type { Environment } from './environment.js';
import { nearName } from '../errors/near-name.js';
import { SETTING_KEYS, SETTINGS } from './settings.js';

/** Families that are ours alone: a name in one of them is a mistake even when no setting is near. */
const OWN_FAMILY = /^(?:CHATFERRY|PARALLEL_MEDIA)_/;

const FAMILY = /^(?:CHATFERRY|EXPORT|FFMPEG|FFPROBE|KIMI|LOG|MAX|MEDIA|PARALLEL|REQUEST|TELEGRAM|TIME|UPLOAD)_?/;

/**
 * Sentences about variables that were probably meant to be settings: a slip would otherwise be ignored in silence, and
 * the default would rule.
 *
 * @param where - For people: `the environment`, `.env`.
 */
export function misspeltNames(variables: Environment, where: string): readonly string[] {
  const known = SETTING_KEYS.map((key) => SETTINGS[key].name);
  return Object.keys(variables)
    .filter((name) => variables[name] !== '' && FAMILY.test(name.toUpperCase()) && !known.includes(name))
    .map((name) => ({ name, near: nearName(name, known) ?? longerForm(name, known) }))
    .filter(({ name, near }) => near !== undefined || OWN_FAMILY.test(name))
    .map(({ name, near }) => {
      const remedy = near === undefined ? 'docs/SETTINGS.md lists them all.' : `Did you mean ${near}?`;
      return `${name} in ${where} is not a setting. ${remedy}`;
    });
}

/** MAX_PARALLEL for MAX_PARALLEL_MEDIA: whole words are missing, which is no small number of slips. */
function longerForm(name: string, known: readonly string[]): string | undefined {
  if (!name.includes('_')) return undefined;
  const longer = known.filter((candidate) => candidate.startsWith(`${name}_`) || name.startsWith(`${candidate}_`));
  return longer.length === 1 ? longer[0] : undefined;
}
