import type { ExportedChat, ExportSummary } from '../../app/export/create-export.js';
import type { RefusedChat } from '../../app/export/each-chat.js';
import type { MissingMedia } from '../../archive/records.js';
import { amongOthers } from '../../chat/account.js';
import type { Media } from '../../chat/media.js';
import { shownChat } from '../../chat/shown-chat.js';
import { errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import { isPermanentRefusal } from '../../errors/error-meaning.js';
import { countOf, formatCount } from './amounts.js';
import { doneLine, hasNews, newsOf, previewLines } from './closing-words.js';
import { printableLine } from '../../text/printable.js';
import { chatTitle } from './progress/progress-lines.js';
import { printablePath } from './short-path.js';
import { renderTable } from './table.js';
import type { Terminal } from './terminal.js';

/** More rows would push the summary off the screen; report.json has them all. */
const MAX_MISSING_ROWS = 20;

const MISSING_COLUMNS = [
  { head: 'CHAT', narrows: 'cut' },
  { head: 'MESSAGE', align: 'right' },
  { head: 'MEDIA', narrows: 'cut' },
  { head: 'WHY', narrows: 'wrap' },
] as const;

export interface SummaryOptions {
  /** Paths are shown relative to it. */
  readonly cwd: string;
  /** Whether to print details for debugging a run. report.json has them in any case. */
  readonly verbose: boolean;
  /** Whether every chat was asked for, so that `--exclude` leaves one out. */
  readonly isOfAll?: boolean;
}

/** The summary of an export: what is missing and why, then what was done and where it is. */
export function printSummary(
  terminal: Terminal,
  summary: ExportSummary,
  { cwd, verbose, isOfAll }: SummaryOptions,
): void {
  terminal.printJson({ type: 'summary', ...summary, ...jsonForm(summary) });
  if (summary.chats.length > 1) printChats(terminal, summary.chats, cwd);
  for (const { chat, error } of summary.refused) {
    terminal.print(`${terminal.color.red('not exported:')} ${chatTitle(chat)}: ${printableLine(errorMessage(error))}`);
  }
  if (isOfAll === true) printHowToLeaveOut(terminal, summary.refused);
  printMissing(terminal, summary.chats);
  printNoted(terminal, summary.chats);
  terminal.print(`${terminal.color.bold(doneLine(summary))} Look: ${lookAt(summary, cwd)}`);
  if (summary.otherAccounts.length > 0) {
    terminal.print(`Exported as ${printableLine(amongOthers(summary.account, summary.otherAccounts))}.`);
  }
  for (const line of previewLines(summary.chats)) terminal.print(line);
  terminal.print(summary.line);
  if (!verbose) return;
  if (summary.downloadLine !== undefined) terminal.print(`downloaded: ${summary.downloadLine}`);
  for (const { reportPath } of summary.chats) terminal.print(`report: ${printablePath(reportPath, cwd)}`);
}

/** Chats that one may not read stay so: without them a run of all chats ends with 0 again. */
function printHowToLeaveOut(terminal: Terminal, refused: readonly RefusedChat[]): void {
  const closed = refused.filter(({ error }) => isChatferryError(error, 'NO_ACCESS'));
  if (closed.length === 0) return;
  const options = closed.map(({ chat }) => `--exclude ${chat.peerId}`).join(' ');
  terminal.print(`To leave ${closed.length === 1 ? 'it' : 'them'} out: ${options}`);
}

/** What came of each chat. Those with nothing new are only counted, by {@link doneLine}. */
function printChats(terminal: Terminal, chats: readonly ExportedChat[], cwd: string): void {
  for (const chat of chats.filter(hasNews)) {
    terminal.print(
      `${chatTitle(chat.chat)}: ${newsOf([chat])} · ${printablePath(chat.renderedPaths[0] ?? chat.folder, cwd)}`,
    );
  }
}

/** What to open first. */
function lookAt({ chats, directory }: ExportSummary, cwd: string): string {
  const [only, ...others] = chats;
  return printablePath(others.length > 0 ? directory : (only?.renderedPaths[0] ?? only?.folder ?? directory), cwd);
}

function printMissing(terminal: Terminal, chats: readonly ExportedChat[]): void {
  const missing = chats.flatMap((chat) =>
    chat.missing.map((medium) => ({ ...medium, title: chatTitle(chat.chat), isNews: hasNews(chat) })),
  );
  const failed = missing.filter(({ media }) => media.unavailableReason === undefined);
  const unavailable = missing.filter(({ media }) => media.unavailableReason !== undefined);
  if (unavailable.length > 0) {
    const count = `${countOf(unavailable.length, 'file')} that Telegram does not provide`;
    // What was said by an earlier run and has not changed is not told again.
    const rows = unavailable.filter(({ isNews }) => isNews);
    terminal.print(rows.length === 0 ? `${count}: report.json lists them.` : `${count}:`);
    if (rows.length > 0) printRows(terminal, rows);
  }
  if (failed.length > 0) {
    terminal.print(terminal.color.yellow(`${countOf(failed.length, 'file')} missing:`));
    printRows(terminal, failed);
    terminal.print(nextTry(failed));
  }
}

/** What helps is only said where it helps. */
function nextTry(failed: readonly MissingMedia[]): string {
  const { length: goneCount } = failed.filter(({ code }) => isPermanentRefusal(code));
  if (goneCount === 0) return 'The same command tries them again.';
  const refused = `refused for good: the same command asks for ${goneCount === 1 ? 'it' : 'them'} once more at most.`;
  if (goneCount === failed.length) return `${goneCount === 1 ? 'It was' : 'They were'} ${refused}`;
  return `The same command tries them again. ${formatCount(goneCount)} of them ${goneCount === 1 ? 'was' : 'were'} ${refused}`;
}

/** Media that are there and not as announced: nothing to do about them, but nothing to hide either. */
function printNoted(terminal: Terminal, chats: readonly ExportedChat[]): void {
  const count = chats.reduce((sum, { noted }) => sum + noted.length, 0);
  if (count === 0) return;
  terminal.print(
    `${countOf(count, 'file')} with another size than announced, but complete according to Telegram. report.json has the numbers.`,
  );
}

function printRows(terminal: Terminal, missing: readonly (MissingMedia & { readonly title: string })[]): void {
  const rows = missing
    .slice(0, MAX_MISSING_ROWS)
    .map(({ title, messageId, media, reason }) => [title, String(messageId), mediumText(media), reason]);
  terminal.print(renderTable({ columns: MISSING_COLUMNS, rows, width: terminal.columns }));
  const hidden = missing.length - rows.length;
  if (hidden > 0) terminal.print(`… and ${formatCount(hidden)} more: report.json of each chat lists them all.`);
}

function mediumText({ kind, fileName }: Media): string {
  return fileName === undefined ? kind : `${kind} ${fileName}`;
}

/** Replaces what JSON cannot express: errors have no enumerable fields. */
function jsonForm({ chats, refused }: ExportSummary): object {
  return {
    chats: chats.map((chat) => ({
      ...chat,
      chat: shownChat(chat.chat),
      missing: chat.missing.map(({ messageId, media, code, reason }) => {
        const { kind, role, fileName, sizeBytes } = media;
        return { messageId, code, reason, media: { kind, role, fileName, sizeBytes } };
      }),
      noted: chat.noted.map(({ messageId, file, note }) => ({ messageId, path: file.path, note })),
    })),
    refused: refused.map(({ chat, error }) => ({
      chat: shownChat(chat),
      code: isChatferryError(error) ? error.code : 'INTERNAL',
      message: errorMessage(error),
    })),
  };
}
