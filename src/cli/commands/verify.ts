import type { Command } from 'commander';

import type { Verification, VerifyRequest } from '../../app/verify-archive.js';
import type { Finding } from '../../archive/verify/finding.js';
import { ExitCode } from '../../errors/exit-code.js';
import { formatBytes } from '../../metrics/summary-line.js';
import { ACCOUNT_OPTION, commandHelp } from '../command-help.js';
import { runCommand, type CliContext, type CommandRun } from '../command-run.js';
import { SettingOption } from '../setting-option.js';
import { countOf, formatCount, formatDuration } from '../terminal/amounts.js';
import type { CountProgress as Progress } from '../terminal/progress/count-progress.js';
import { printableLine } from '../../text/printable.js';

const EXAMPLES = [
  ['verify', 'every file of the archive, with its SHA-256'],
  ['verify --quick', 'sizes alone: a few seconds for 100,000 files'],
  ['verify @harbour_crew --json', 'one chat, a document for each finding'],
] as const;

const NOTE =
  'Exit code 5: something is damaged; the list names it, and the next export of the chat fetches it\n' +
  'again. Files without a row are listed too, but are no damage: 0.';

interface VerifyOptions {
  readonly quick?: boolean;
  readonly account?: string;
}

/** `chatferry verify`: whether the archive is what it was. */
export function addVerify(program: Command, context: CliContext): void {
  program
    .command('verify')
    .summary('check the database and every file of the archive')
    .description(
      'Checks the database, and the bytes of every stored file. Damaged files are marked ' +
        'as missing, so that the next export of the chat fetches them. Needs no login and no network.',
    )
    .argument('[chats...]', '@name, t.me link, id, title, or me; all chats of the archive when none is named')
    .option('--account <account>', ACCOUNT_OPTION)
    .option('--quick', 'sizes alone, without reading files or messages')
    .addOption(new SettingOption('exportDir', '<folder>'))
    .addHelpText('after', commandHelp({ examples: EXAMPLES, reads: ['exportDir'], notes: [NOTE] }))
    .action(async (chats: readonly string[], { quick: isQuick = false, account }: VerifyOptions, command: Command) => {
      await runCommand({ context, command, isOffline: true }, async (run) => {
        const { terminal } = run;
        const verification = await show(run, { chats, account, isQuick });
        terminal.printJson({ type: 'summary', ...verification });
        terminal.print(summary(verification, isQuick));
        return verification.damageCount > 0 ? ExitCode.archiveDamaged : ExitCode.complete;
      });
    });
}

async function show(
  { settings, terminal, reporter, signal }: CommandRun,
  { chats, account, isQuick }: Pick<VerifyRequest, 'chats' | 'account' | 'isQuick'>,
): Promise<Verification> {
  const [{ verifyArchive }, { CountProgress }] = await Promise.all([
    import('../../app/verify-archive.js'),
    import('../terminal/progress/count-progress.js'),
  ]);
  let progress: Progress | undefined;
  terminal.say('Checking the database …');
  const findings = verifyArchive({
    settings,
    chats,
    account,
    isQuick,
    onNote: (text) => {
      reporter.event({ type: 'note', text });
    },
    onMessages: (count) => {
      terminal.say(countOf(count, 'message'));
      progress = new CountProgress(terminal, count, 'message');
    },
    onRead: (count) => {
      progress?.step(count);
    },
    onTotal: (count) => {
      progress?.[Symbol.dispose]();
      terminal.say(countOf(count, 'file'));
      progress = new CountProgress(terminal, count, 'file');
    },
    onChecked: (count) => {
      progress?.step(count);
    },
    signal,
  });
  try {
    for (;;) {
      const next = await findings.next();
      if (next.done === true) return next.value;
      terminal.printJson({ type: 'finding', ...next.value });
      terminal.print(findingLine(next.value));
      await terminal.room(signal);
    }
  } finally {
    await findings.return({} as never);
    progress?.[Symbol.dispose]();
  }
}

function findingLine({ kind, path, text }: Finding): string {
  if (path === undefined) return `${kind}: ${printableLine(text)}`;
  // Many texts begin with the path below the chat's folder, which is the end of this one.
  const [named = ''] = /^\S+/.exec(text) ?? [];
  const isSaid = named !== '' && `/${path}`.endsWith(`/${named}`);
  return `${kind}: ${printableLine(path)}${printableLine(isSaid ? text.slice(named.length) : `: ${text}`)}`;
}

function summary(verification: Verification, isQuick: boolean): string {
  const { fileCount, bytes, chatCount, messageCount, damageCount, strayCount, markedCount, wallMs } = verification;
  const looked = isQuick ? 'sizes alone, no message read' : `${formatBytes(bytes)} read`;
  const counted = `${countOf(chatCount, 'chat')}, ${countOf(messageCount, 'message')}, ${countOf(fileCount, 'file')} (${looked}) in ${formatDuration(wallMs)}`;
  const strays = strayCount === 0 ? [] : [`${countOf(strayCount, 'file')} without a row: no damage.`];
  if (damageCount === 0) return [`Sound: ${counted}.`, ...strays].join('\n');
  const marked =
    markedCount === 0
      ? []
      : [`${countOf(markedCount, 'file')} marked as missing: export the chats again to fetch them.`];
  return [`\nDamaged: ${formatCount(damageCount)} of what was checked: ${counted}.`, ...marked, ...strays].join('\n');
}
