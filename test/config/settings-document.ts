import { format } from 'prettier';

import { presetNames } from '../../src/config/presets.js';
import type { Setting } from '../../src/config/setting.js';
import { SETTING_KEYS, SETTINGS } from '../../src/config/settings.js';

/** The text of docs/SETTINGS.md, made from the table of settings, in the form that the format check wants. */
export async function renderSettingsDocument(): Promise<string> {
  const lines: string[] = [...HEAD];
  let section = '';
  for (const setting of SETTING_KEYS.map((key): Setting<unknown> => SETTINGS[key])) {
    if (setting.section !== section) {
      lines.push('', `## ${setting.section}`, '', '| Variable | Flag | Default | Takes | What it does |');
      lines.push('| --- | --- | --- | --- | --- |');
    }
    section = setting.section;
    lines.push(row(setting));
  }
  return format([...lines, '', ...TAIL].join('\n'), { parser: 'markdown' });
}

function row({ name, flag, defaultText, defaultFrom, kind, description, secret, alsoNamed }: Setting<unknown>): string {
  const fallback = defaultText === undefined ? (defaultFrom?.describe ?? '') : `\`${defaultText}\``;
  const others =
    alsoNamed === undefined ? '' : ` Where it is not set: ${alsoNamed.map((other) => `\`${other.name}\``).join(', ')}.`;
  const mark = `${others}${secret === true ? ' **Secret.**' : ''}`;
  const cells = [`\`${name}\``, flag === undefined ? '' : `\`${flag}\``, fallback, kind.accepts, description + mark];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
}

/** What each preset of the package is for. */
const PRESETS: Readonly<Record<string, string>> = {
  balanced: 'smaller copies of media beside them, which play everywhere',
  fast: 'a fast line and memory to spare',
  gentle: 'a small machine or a shared line: little in parallel, little memory, long patience',
  sequential: 'one medium at a time, in the plainest way: comparisons, hunting faults',
  small: 'the smallest copies of media, which take longer to make and want a player of this decade',
};

/** A preset that nobody has described fails here, so that the document lists all of them. */
function presetRow(name: string): string {
  const use = PRESETS[name];
  if (use === undefined)
    throw new RangeError(`config/${name}.env is not described in test/config/settings-document.ts`);
  return `| \`${name}\` | ${use} |`;
}

const HEAD = [
  '# Settings',
  '',
  '<!-- Made from src/config/settings.ts: change it there, then run `npx vitest run test/config -u`. -->',
  '',
  'Every setting is an environment variable; many are also a flag. The first of these that speaks wins:',
  '',
  '1. the flag on the command line,',
  '2. the environment,',
  '3. `.env` in the working directory,',
  '4. `.env` in your configuration folder: `~/.config/chatferry/.env` (or below `XDG_CONFIG_HOME`); on macOS',
  '   `~/Library/Application Support/chatferry/.env`; on Windows `%APPDATA%\\chatferry\\.env`,',
  '5. the preset (`--preset` or `CHATFERRY_PRESET`),',
  '6. the default.',
  '',
  'So what belongs to you (the api id, a proxy) is found from any folder, and a folder may say what is its own. A relative',
  'path starts at the `.env` that says it; on the command line, in the environment and in a preset, at the working',
  'directory.',
  '',
  'An empty variable counts as not given. `chatferry config` shows what is in force and which file says it;',
  '`chatferry config --example > .env` begins a `.env`. A wrong value ends the program with exit code 2, and all wrong',
  'values are listed at once. A variable that looks like a misspelt setting is warned of.',
] as const;

const TAIL = [
  '## Presets',
  '',
  'A preset is a file of settings that stands below all others: `config/<name>.env` in the working directory, then in',
  'the package, or any path that ends in `.env`. It must hold no secret, so that it can be shared. With the program come:',
  '',
  '| Preset | For |',
  '| --- | --- |',
  ...presetNames(['config']).map(presetRow),
  '',
  '## Secrets',
  '',
  'Secrets are masked by value in everything the program prints or logs, inside JSON and URLs as well. They have no flags,',
  'because other users of a machine can read command lines. Whoever has the session file has the account: it is readable',
  'by its owner alone, and `chatferry logout` makes it worthless.',
] as const;
