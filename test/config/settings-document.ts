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
  balanced: 'smaller copies of media, which play everywhere',
  fast: 'a fast connection and plenty of memory',
  gentle: 'a small machine or a shared connection: few files at once, little memory, long flood waits',
  sequential: 'one file at a time, in the simplest way: to compare, or to find faults',
  small: 'the smallest copies of media, which take longer to make and need a recent player',
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
  'Every setting is an environment variable; many are also a flag. Precedence, highest first:',
  '',
  '1. the flag on the command line,',
  '2. the environment,',
  '3. `.env` in the working directory,',
  '4. `.env` in your configuration folder: `~/.config/chatferry/.env` (or below `XDG_CONFIG_HOME`); on macOS',
  '   `~/Library/Application Support/chatferry/.env`; on Windows `%APPDATA%\\chatferry\\.env`,',
  '5. the preset (`--preset` or `CHATFERRY_PRESET`),',
  '6. the default.',
  '',
  'Put your personal settings (the api id, a proxy) into your configuration folder: they apply everywhere. The `.env` of a working',
  'directory overrides them there. A relative path in a `.env` is relative to the folder of that `.env`; on the command line, in',
  'the environment and in a preset, it is relative to the working directory.',
  '',
  'An empty variable counts as not set. `chatferry config` shows the settings in force and the origin of each;',
  '`chatferry config --example > .env` makes a new `.env`. Wrong values end the program with exit code 2, and all of them are',
  'listed at once. A variable that looks like a misspelt setting causes a warning.',
] as const;

const TAIL = [
  '## A folder from elsewhere',
  '',
  'A folder that you unpacked or cloned may contain a `.env`. Its settings for formats, speed and sizes apply. Settings that',
  'could be used against you are marked **Only from you**: programs to run, files to write to, servers, keys, proxies, and',
  'the login to use. They apply only when they come from',
  '',
  '- the command line or the environment,',
  '- `.env` in your configuration folder, if only you can write to the file and its folder (`chmod go-w`),',
  '- a preset in your configuration folder, or a preset outside the working directory that you name by its absolute path, under',
  '  the same condition.',
  '',
  'In `.env` and presets of the working directory, and in any other preset file, they apply after you trust the file:',
  '',
  '```sh',
  'chatferry trust            # shows these settings in .env, config/*.env and the preset, and asks; --yes does not ask',
  'chatferry trust --list     # lists everything that is trusted',
  'chatferry trust --remove   # ends trust in this folder; another folder can be named',
  '```',
  '',
  'Trust is bound to the path, the folder, the owner and the content of the file, so an edit ends it. It is stored in `trusted.json`',
  'in your configuration folder. chatferry does not check what a trusted file names (a program, a key): do not trust a `.env` that',
  'runs a program from a folder that others can write to. Until you trust a file, these settings are ignored with one warning;',
  '`chatferry config` and `chatferry doctor` show them.',
  '',
  'The api id and hash apply from everywhere, so that a `.env` is enough for a first export. If they belong to somebody else,',
  'Telegram shows the name of their application in the message about the new login and in the list of devices. They cannot use',
  'your login, but Telegram may end it together with their application. Phone number and password in a `.env` from somebody else',
  'belong to their account.',
  '',
  '## Another server',
  '',
  "`TELEGRAM_DC_ADDRESSES` or `TELEGRAM_PUBLIC_KEY_FILE` can name another server than Telegram's own. Every command that",
  'connects to it says so, and where the setting comes from. `chatferry login` asks before it connects. Where it cannot ask, it',
  'continues if the setting comes from you, and ends with 2 if it comes from a file of the working directory, trusted or not.',
  'Unless `TELEGRAM_SESSION_FILE` is set, each such server has its own session file, `telegram-<fingerprint>.session`, so that no',
  'login is ever sent to another server.',
  '',
  '## Presets',
  '',
  'A preset is a settings file with the lowest precedence: `config/<name>.env` in the package, else in the working directory, or any',
  'path that ends in `.env`. A file of the working directory never replaces a preset of the package; to use it, write',
  '`--preset ./config/gentle.env`. A preset must not contain secrets, so that it can be shared. The package contains:',
  '',
  '| Preset | For |',
  '| --- | --- |',
  ...presetNames(['config']).map(presetRow),
  '',
  '## Secrets',
  '',
  'Secrets are masked by value in everything that the program prints or logs, also inside JSON and URLs. They have no flags,',
  'because other users of a machine can read command lines. The session file gives full access to the account: only its owner',
  'can read it, and `chatferry logout` makes it useless.',
] as const;
