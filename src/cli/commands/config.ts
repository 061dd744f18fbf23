import type { Command } from 'commander';

import { renderEnvExample } from '../../config/env-example.js';
import { shownText } from '../../config/ignored-settings.js';
import type { LoadedSettings } from '../../config/load-settings.js';
import { MASK } from '../../config/redact.js';
import { sessionPath } from '../../config/session-path.js';
import { describeSettingsFiles } from '../../config/settings-file.js';
import type { Setting } from '../../config/setting.js';
import { SETTING_KEYS, SETTINGS } from '../../config/settings.js';
import { ExitCode } from '../../errors/exit-code.js';
import { commandHelp } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { printableLine } from '../../text/printable.js';

interface ConfigOptions {
  readonly example?: true;
}

/** `chatferry config`: the settings in force and where each came from. */
export function addConfig(program: Command, context: CliContext): void {
  program
    .command('config')
    .summary('show the settings in force and where each came from')
    .description('Shows every setting with its value and its origin. Secrets are masked.')
    .option('--example', 'print a commented example for .env instead')
    .addHelpText(
      'after',
      commandHelp({
        examples: [
          ['config', 'what is in force here and now'],
          ['config --preset gentle', 'what would be with that preset'],
          ['config --example > .env', 'begins a .env'],
        ],
        reads: SETTING_KEYS,
      }),
    )
    .action(async ({ example }: ConfigOptions, command: Command) => {
      await runCommand({ context, command, isForOutput: true }, async ({ loaded, terminal }) => {
        if (example === true) {
          terminal.print(renderEnvExample().trimEnd());
          terminal.printJson({ type: 'example', text: renderEnvExample() });
          return ExitCode.complete;
        }
        const { renderTable } = await import('../terminal/table.js');
        const entries = settingEntries(loaded);
        terminal.printJson({ type: 'settings', settings: entries, files: loaded.settings.settingsFiles });
        terminal.print(
          renderTable({
            columns: [{ head: 'SETTING' }, { head: 'VALUE', narrows: 'wrap' }, { head: 'FROM', narrows: 'wrap' }],
            width: terminal.columns,
            rows: entries.map(({ name, value, origin, file }) => [name, value ?? '(not set)', file ?? origin]),
          }),
        );
        if (loaded.ignored.length > 0) {
          terminal.print('\nIgnored, because the file is not trusted (chatferry trust):');
          for (const one of loaded.ignored) {
            terminal.print(printableLine(`  ${one.name}=${shownText(one)}  in ${one.file.path} (${one.file.trust})`));
          }
        }
        terminal.print(
          `\n${printableLine(`Looked for settings in ${describeSettingsFiles(loaded.settings.settingsFiles)}.`)}`,
        );
        // Errors that would end most other commands are printed here as well.
        if (loaded.settings.telegramSession === undefined) sessionPath(loaded.settings);
        return ExitCode.complete;
      });
    });
}

interface SettingEntry {
  readonly name: string;
  /** As it would be written in `.env`; null when it is not set. */
  readonly value: string | null;
  readonly origin: string;
  /** The file that says it, absolute; absent when none does. */
  readonly file?: string;
  /** Values in files that are ignored for it; absent if there are none. */
  readonly ignored?: readonly { readonly value: string; readonly file: string; readonly trust: string }[];
}

function settingEntries(loaded: LoadedSettings): readonly SettingEntry[] {
  return SETTING_KEYS.map((key) => {
    const { name, secret, kind }: Setting<unknown> = SETTINGS[key];
    const text = loaded.text(key);
    const shown = text === undefined ? undefined : secret === true ? MASK : (kind.mask?.(text) ?? text);
    const file = loaded.file(key);
    const ignored = loaded.ignored
      .filter((one) => one.key === key)
      .map((one) => ({ value: shownText(one), file: one.file.path, trust: one.file.trust }));
    return {
      name,
      value: shown ?? null,
      origin: loaded.origin(key),
      ...(file === undefined ? {} : { file }),
      ...(ignored.length === 0 ? {} : { ignored }),
    };
  });
}
