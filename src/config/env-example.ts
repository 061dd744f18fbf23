import type { Setting } from './setting.js';
import type { OnlyFromYou } from './trust/only-from-you.js';
import { SETTING_KEYS, SETTINGS } from './settings.js';

const WIDTH = 110;

/** The text of `.env.example`: every setting, commented out, with its default, under its heading. Ends with a newline. */
export function renderEnvExample(): string {
  const lines = [
    '# Settings of chatferry. Copy this file to .env and remove the # from the lines you need.',
    '# Flags and the environment override .env; .env overrides a preset (config/*.env). The .env in your configuration folder',
    '# (~/.config/chatferry on Linux) applies in every folder. Settings marked "only from you" apply there; in the .env of',
    '# another folder, they apply after you run `chatferry trust` in it.',
  ];
  let section = '';
  for (const setting of SETTING_KEYS.map((key): Setting<unknown> => SETTINGS[key])) {
    if (setting.section !== section) lines.push('', `# --- ${setting.section} ---`);
    section = setting.section;
    lines.push('', ...commented(setting.description), ...commented(`Takes ${setting.kind.accepts}.`));
    if (setting.onlyFromYou !== undefined) lines.push(`# ${onlyFromYou(setting.onlyFromYou)}`);
    if (setting.alsoNamed !== undefined)
      lines.push(...commented(`Where it is not set: ${namesOf(setting.alsoNamed)}.`));
    if (setting.defaultFrom !== undefined) lines.push(...commented(`Default: ${setting.defaultFrom.describe}.`));
    lines.push(`#${setting.name}=${setting.defaultText ?? ''}`);
  }
  return `${lines.join('\n')}\n`;
}

function onlyFromYou({ unless }: OnlyFromYou): string {
  return unless === undefined ? 'Only from you.' : `Only from you, unless it is ${unless.describe}.`;
}

/** `ALL_PROXY, then HTTPS_PROXY`. */
function namesOf(others: readonly { readonly name: string }[]): string {
  return others.map(({ name }) => name).join(', then ');
}

function commented(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
