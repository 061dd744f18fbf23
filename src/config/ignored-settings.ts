import type { IgnoredSetting, LayerFile } from './layer.js';
import type { Setting } from './setting.js';
import { SETTINGS } from './settings.js';
import { MASK } from './redact.js';

/** One sentence or two for each file that has settings which do not count: what they are, and what to do. */
export function describeIgnored(ignored: readonly IgnoredSetting[], ownFile: string | undefined): readonly string[] {
  const files = new Map<string, readonly IgnoredSetting[]>();
  for (const one of ignored) files.set(one.file.path, [...(files.get(one.file.path) ?? []), one]);
  return [...files.values()].map((ofFile) => sentence(ofFile, ownFile));
}

/** The text of a setting with what is secret in it masked. */
export function shownText({ key, text }: Pick<IgnoredSetting, 'key' | 'text'>): string {
  const { secret, kind }: Setting<unknown> = SETTINGS[key];
  return secret === true ? MASK : (kind.mask?.(text) ?? text);
}

/** The secrets among ignored texts: they are masked too, because they may be real. */
export function secretsOfIgnored(ignored: readonly IgnoredSetting[]): readonly string[] {
  return ignored.filter(({ key }) => (SETTINGS[key] as Setting<unknown>).secret === true).map(({ text }) => text);
}

function sentence(ignored: readonly IgnoredSetting[], ownFile: string | undefined): string {
  const names = ignored.map(({ name }) => name);
  const file = ignored[0]?.file;
  if (file === undefined) return '';
  const are = names.length === 1 ? 'is' : 'are';
  return `${listed(names)} in ${file.shortName} ${are} ignored: ${reason(file)} ${remedy(file, ownFile)}`;
}

/** Ends with a full stop. */
function reason({ trust }: LayerFile): string {
  if (trust === 'open to others') return 'others may change that file.';
  if (trust === 'changed') return 'the file is not what it was when you trusted it.';
  return 'programs, logs, servers and logins count from a working folder only when you trust it.';
}

function remedy({ trust, path, shortName, preset }: LayerFile, ownFile: string | undefined): string {
  if (trust === 'open to others')
    return `Remove the write permission of others: chmod go-w ${path}, and the same for its folder.`;
  const elsewhere = ownFile === undefined ? '' : ` or in ${ownFile}`;
  const option = preset === undefined ? '' : ` --preset ${/^[\w./\\:~-]+$/.test(preset) ? preset : `"${preset}"`}`;
  return `Read ${shortName}, then run \`chatferry trust${option}\`; or set them in the environment${elsewhere}.`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
