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

function row(setting: Setting<unknown>): string {
  const { name, flag, defaultText, defaultFrom, kind, description, secret, alsoNamed, onlyFromYou } = setting;
  const fallback = defaultText === undefined ? (defaultFrom?.describe ?? '') : `\`${defaultText}\``;
  const others =
    alsoNamed === undefined ? '' : ` Where it is not set: ${alsoNamed.map((other) => `\`${other.name}\``).join(', ')}.`;
  const guard =
    onlyFromYou === undefined ? '' : ` **Only from you**: it names ${onlyFromYou.names}.${harmless(setting)}`;
  const mark = `${others}${secret === true ? ' **Secret.**' : ''}${guard}`;
  const cells = [`\`${name}\``, flag === undefined ? '' : `\`${flag}\``, fallback, kind.accepts, description + mark];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
}

function harmless({ onlyFromYou }: Setting<unknown>): string {
  return onlyFromYou?.unless === undefined ? '' : ` From anywhere: ${onlyFromYou.unless.describe}.`;
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
  '## A folder from elsewhere',
  '',
  'A folder that you unpacked or cloned may have a `.env` of its own. What it says about formats, speed and sizes counts.',
  'Settings that could be turned against you are marked **Only from you**: programs to run, files to write to, servers,',
  'keys and proxies, and whose login is used. They count from',
  '',
  '- the command line and the environment,',
  '- `.env` in your configuration folder, as long as you alone may write it and its folder (`chmod go-w`),',
  '- a preset in your configuration folder, or one that you name by its whole path outside the working directory, under the',
  '  same condition.',
  '',
  'From `.env` and presets of the working directory, and from any other preset file, they count once you trust the file:',
  '',
  '```sh',
  'chatferry trust            # shows what .env, config/*.env and the preset in force say, and asks; --yes does not ask',
  'chatferry trust --list     # everything that is trusted',
  'chatferry trust --remove   # takes it back for this folder; a folder can be named',
  '```',
  '',
  'Trust is for this path in this folder, this owner and this content, and is kept in `trusted.json` in your configuration',
  'folder: an edit takes it away. What a trusted file names (a program, a key) is not looked into: trust no `.env` that runs',
  'a program out of a folder that others fill. Until then such settings are left aside with one warning; `chatferry config`',
  'and `chatferry doctor` show them.',
  '',
  'The api id and hash count from everywhere, so that a first export needs no more than a `.env`. With those of somebody else,',
  'Telegram shows the name of their application in the message about the new login and in the list of devices; they cannot',
  'use that login, but Telegram may end it with their application. Phone number and password in a strange `.env` are theirs.',
  '',
  '## Another server',
  '',
  "With `TELEGRAM_DC_ADDRESSES` or `TELEGRAM_PUBLIC_KEY_FILE` the server may be another than Telegram's own. Every command that",
  'talks to it says so, with where that was set. `chatferry login` asks before it connects; where nobody can be asked it goes on',
  'when you set it yourself, and ends with 2 when a file of the working directory did, trusted or not. Unless',
  '`TELEGRAM_SESSION_FILE` says otherwise, each such server has a session file of its own, `telegram-<fingerprint>.session`, so',
  'that no login is shown to another server.',
  '',
  '## Presets',
  '',
  'A preset is a file of settings that stands below all others: `config/<name>.env` in the package, then in the working',
  'directory, or any path that ends in `.env`. A file of the working directory never takes the place of a preset of the',
  'program; `--preset ./config/gentle.env` takes that file. A preset must hold no secret, so that it can be shared. With the',
  'program come:',
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
