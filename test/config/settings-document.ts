import { format } from 'prettier';

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

function row({ name, flag, defaultText, defaultFrom, kind, description, secret }: Setting<unknown>): string {
  const fallback = defaultText === undefined ? (defaultFrom?.describe ?? '') : `\`${defaultText}\``;
  const mark = secret === true ? ' **Secret.**' : '';
  const cells = [`\`${name}\``, flag === undefined ? '' : `\`${flag}\``, fallback, kind.accepts, description + mark];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
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
  '4. the preset (`--preset` or `CHATFERRY_PRESET`),',
  '5. the default.',
  '',
  'An empty variable counts as not given. `chatferry config` shows what is in force and where each value came from;',
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
  '| `sequential` | one medium at a time, in the plainest way: comparisons, hunting faults |',
  '| `gentle` | a small machine or a shared line: little in parallel, little memory, long patience |',
  '| `fast` | a fast line and memory to spare |',
  '',
  '## Secrets',
  '',
  'Secrets are masked by value in everything the program prints or logs, inside JSON and URLs as well. They have no flags,',
  'because other users of a machine can read command lines. Whoever has the session file has the account: it is readable',
  'by its owner alone, and `chatferry logout` makes it worthless.',
] as const;
