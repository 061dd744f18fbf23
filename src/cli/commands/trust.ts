import { resolve } from 'node:path';

import type { Command } from 'commander';

import { shownText } from '../../config/ignored-settings.js';
import type { Setting } from '../../config/setting.js';
import { SETTINGS } from '../../config/settings.js';
import { trustCandidates, trustRecord, type TrustCandidate } from '../../config/trust/trust-candidates.js';
import { realPathOf } from '../../config/trust/inside-folder.js';
import { readTrustedFiles, writeTrustedFiles, type TrustedFile } from '../../config/trust/trusted-files.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { ExitCode } from '../../errors/exit-code.js';
import { commandHelp } from '../command-help.js';
import { type CliContext, type CommandRun, runCommand } from '../command-run.js';
import { printableLine } from '../../text/printable.js';

interface TrustOptions {
  readonly yes?: true;
  readonly list?: true;
  readonly remove?: true;
}

/** `chatferry trust`: lets files of a working directory say what otherwise only the user may say. */
export function addTrust(program: Command, context: CliContext): void {
  program
    .command('trust')
    .summary('allow the .env of this folder to set programs, servers and logins')
    .description(
      'Programs to run, log files, servers, keys, proxies and logins apply from the .env and the presets of a folder only ' +
        'when you trust them. Shows these settings, asks, and records path, owner and content of each file: when one ' +
        'changes, it is no longer trusted.',
    )
    .argument('[folder]', 'the folder, where it is another one than the working directory')
    .option('--yes', 'trust what is shown without asking')
    .option('--list', 'show all files that are trusted')
    .option('--remove', 'end trust in the files of this folder')
    .addHelpText(
      'after',
      commandHelp({
        examples: [
          ['trust', 'shows what .env and config/*.env say, and asks'],
          ['trust --preset ./night.env', 'that preset as well'],
          ['trust --remove', 'takes it back'],
          ['trust --list', 'everything that is trusted, wherever it is'],
        ],
        reads: [],
      }),
    )
    .action(async (folder: string | undefined, options: TrustOptions, command: Command) => {
      const cwd = folder === undefined ? context.cwd : resolve(context.cwd, folder);
      const here: CliContext = { ...context, cwd };
      await runCommand({ context: here, command, isAboutTrust: true, opensNoLog: true, isForOutput: true }, (run) => {
        if (options.list === true && options.remove === true) {
          throw new ChatferryError('USAGE', 'Give --list or --remove, not both.');
        }
        if (options.list === true) return Promise.resolve(listTrust(run));
        return options.remove === true ? removeTrust(run, cwd) : trust(run, cwd, options.yes === true);
      });
    });
}

async function trust({ loaded, terminal, prompts }: CommandRun, cwd: string, isAgreed: boolean): Promise<ExitCode> {
  const candidates = trustCandidates(cwd, loaded);
  const anew = candidates.filter(({ isTrusted }) => !isTrusted);
  for (const candidate of candidates) terminal.print(describe(candidate));
  if (anew.length === 0) {
    terminal.print(candidates.length === 0 ? 'Nothing here needs your trust.' : 'All of them are trusted already.');
    terminal.printJson({ type: 'trust', files: candidates.map(facts) });
    return ExitCode.complete;
  }
  if (!isAgreed) terminal.printJson({ type: 'trust', files: candidates.map(facts) });
  const agrees =
    isAgreed ||
    (await prompts.agrees('Do you trust these files, as they are now?', {
      nobodyToAsk: `There is no terminal to ask on. Look at what ${anew.map(({ path }) => path).join(' and ')} says, then give --yes.`,
    }));
  if (!agrees) throw new ChatferryError('INTERRUPTED', 'Nothing was trusted.');
  const { files } = readTrustedFiles(loaded.ownFolder);
  const records = anew.map((candidate) => trustRecord(candidate, cwd));
  await writeTrustedFiles(loaded.ownFolder, [...files.filter((file) => !records.some(isOfSameFile(file))), ...records]);
  terminal.print('Trusted. A change of a file ends the trust, and so does chatferry trust --remove.');
  terminal.printJson({ type: 'trust', files: candidates.map((candidate) => ({ ...facts(candidate), trusted: true })) });
  return ExitCode.complete;
}

function isOfSameFile(one: TrustedFile): (other: TrustedFile) => boolean {
  return ({ folder, path }) => one.folder === folder && one.path === path;
}

async function removeTrust({ loaded, terminal }: CommandRun, cwd: string): Promise<ExitCode> {
  const { files } = readTrustedFiles(loaded.ownFolder);
  const folder = realPathOf(cwd);
  const removed = files.filter((file) => file.folder === folder);
  if (removed.length > 0) {
    await writeTrustedFiles(
      loaded.ownFolder,
      files.filter((file) => file.folder !== folder),
    );
  }
  for (const { path } of removed) terminal.print(printableLine(`No longer trusted: ${path}`));
  if (removed.length === 0) terminal.print(printableLine(`Nothing in ${folder} was trusted.`));
  terminal.printJson({ type: 'trust-removed', files: removed });
  return ExitCode.complete;
}

function listTrust({ loaded, terminal }: CommandRun): ExitCode {
  const { files } = readTrustedFiles(loaded.ownFolder);
  for (const { folder, path, trustedAt } of files) {
    terminal.print(printableLine(`${path}  in ${folder}, since ${trustedAt.slice(0, 10)}`));
  }
  if (files.length === 0) terminal.print('Nothing is trusted.');
  terminal.printJson({ type: 'trusted', files });
  return ExitCode.complete;
}

function describe({ path, settings, isTrusted, content }: TrustCandidate): string {
  const user = process.geteuid?.();
  const owner = user === undefined || user === content.owner ? '' : `, of user ${String(content.owner)}`;
  const width = Math.max(...settings.map(({ name }) => name.length));
  return [
    printableLine(`${path}${owner}${isTrusted ? ' (trusted)' : ''}`),
    ...settings.map((setting) => {
      const names = (SETTINGS[setting.key] as Setting<unknown>).onlyFromYou?.names ?? '';
      return printableLine(`  ${setting.name.padEnd(width)}  ${shownText(setting)}  (${names})`);
    }),
    '',
  ].join('\n');
}

function facts({ path, content: { owner, sha256 }, settings, isTrusted }: TrustCandidate): object {
  return {
    path,
    owner,
    sha256,
    trusted: isTrusted,
    settings: settings.map((setting) => ({ name: setting.name, value: shownText(setting) })),
  };
}
