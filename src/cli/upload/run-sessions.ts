import { resolve } from 'node:path';

import { endAbandoned } from '../../app/upload/abandoned-uploads.js';
import { chosenSessions, sessionNameOf } from '../../app/upload/chosen-sessions.js';
import { type CleanedSessions, removeSessions } from '../../app/upload/session-cleaning.js';
import { sessionItems } from '../../app/upload/session-items.js';
import { openSessionRoom, type SessionRoom } from '../../app/upload/session-room.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import { ExitCode } from '../../errors/exit-code.js';
import { printableLine } from '../../text/printable.js';
import type { UploadSession } from '../../upload/session/upload-session.js';
import type { CommandRun } from '../command-run.js';
import { countOf } from '../terminal/amounts.js';
import { DEFAULT_MANIFEST } from './default-manifest.js';
import { runUpload } from './run-upload.js';
import { sessionDetails, sessionDocument, sessionLine, type ShownSession } from './session-lines.js';

/** Lists all sessions. */
export async function listSessions({ settings, terminal }: CommandRun): Promise<ExitCode> {
  using room = await openSessionRoom(settings);
  const all = await room.sessions.list();
  for (const session of all) {
    const shown = shownSession(session, room);
    terminal.printJson(sessionDocument(shown));
    terminal.print(sessionLine(shown, Date.now()));
  }
  if (all.length === 0) terminal.print('There are no unfinished uploads.');
  return ExitCode.complete;
}

/** Shows the details of a session. @throws {ChatferryError} `USAGE` where there is none. */
export async function showSession({ settings, terminal }: CommandRun, word: string): Promise<ExitCode> {
  using room = await openSessionRoom(settings);
  const chosen = chosenSessions(await room.sessions.list(), word).map((session) => shownSession(session, room));
  for (const session of chosen) terminal.printJson({ ...sessionDocument(session), parts: session.parts });
  terminal.print(chosen.map(sessionDetails).join('\n\n'));
  return ExitCode.complete;
}

/** Nobody could write down the end of a run that was killed. */
function shownSession(session: UploadSession, { store }: SessionRoom): ShownSession {
  return session.status === 'active' && !store.isInUse(session.id) ? { ...session, status: 'interrupted' } : session;
}

/** Goes on with one, or with all that have the name. @throws {ChatferryError} `USAGE`; what an upload throws. */
export async function resumeSessions(run: CommandRun, word: string, cwd: string): Promise<ExitCode> {
  const { settings } = run;
  const sessions = await readChosen(run, word);
  const [first] = sessions;
  const groups = new Map(sessions.map((session) => [`${session.target}\0${sessionNameOf(session) ?? ''}`, session]));
  if (first === undefined || groups.size > 1) {
    const ids = [...groups.values()].map(({ id }) => id).join(', ');
    throw new ChatferryError('USAGE', `"${word}" names sessions of several targets. Resume them one by one: ${ids}.`);
  }
  return runUpload(run, {
    to: [first.target],
    itemsFor: (onNote) => (opening) =>
      Promise.resolve(sessionItems(sessions, { ...opening, exportDir: settings.exportDir, cwd, onNote })),
    cwd,
    sessionName: sessionNameOf(first),
    manifestPath: resolve(cwd, DEFAULT_MANIFEST),
  });
}

async function readChosen({ settings }: CommandRun, word: string): Promise<readonly UploadSession[]> {
  using room = await openSessionRoom(settings);
  return chosenSessions(await room.sessions.list(), word);
}

export interface Removal {
  /** Where relative paths start. */
  readonly cwd: string;
  /** Only list what would go. */
  readonly isDryRun: boolean;
}

export interface Cleaning extends Removal {
  /** Also end our unfinished uploads at the target that have no session. */
  readonly isRemote: boolean;
}

/** Gives one up and removes its parts at the target. @throws {ChatferryError} `USAGE` where there is none. */
export async function deleteSessions(run: CommandRun, word: string, how: Removal): Promise<ExitCode> {
  return remove(run, (all) => chosenSessions(all, word), how);
}

/**
 * Removes expired sessions and their parts at the target.
 *
 * @returns 4 where something stays, or a target could not be asked.
 */
export async function cleanSessions(run: CommandRun, how: Cleaning): Promise<ExitCode> {
  if (how.isRemote && how.isDryRun) {
    // Unfinished uploads without a session are found only by asking the target.
    throw new ChatferryError('USAGE', '--dry-run asks no target, and --remote does. Leave one of them out.');
  }
  const exitCode = await remove(run, (all) => all.filter(({ expiresAtMs }) => expiresAtMs <= Date.now()), how);
  if (!how.isRemote) return exitCode;
  return (await cleanRemote(run, how.cwd)) ? exitCode : ExitCode.mediaMissing;
}

async function remove(
  { settings, terminal, signal }: CommandRun,
  choose: (all: readonly UploadSession[]) => readonly UploadSession[],
  { cwd, isDryRun }: Removal,
): Promise<ExitCode> {
  using room = await openSessionRoom(settings);
  const chosen = choose(await room.sessions.list());
  if (isDryRun) {
    for (const session of chosen) {
      terminal.printJson(sessionDocument(session));
      terminal.print(sessionLine(session, Date.now()));
    }
    terminal.print(`Would remove ${countOf(chosen.length, 'session')}. Nothing was removed.`);
    return ExitCode.complete;
  }
  const cleaned = await removeSessions(chosen, { room, settings, cwd }, signal);
  const { removed, kept }: CleanedSessions = cleaned;
  for (const session of removed) terminal.printJson({ ...sessionDocument(session), state: 'removed' });
  for (const { session, reason } of kept) {
    terminal.printJson({ ...sessionDocument(session), state: 'kept', reason });
    terminal.print(printableLine(`kept: ${session.id}: ${reason}`));
  }
  terminal.print(`Removed ${countOf(removed.length, 'session')}${kept.length === 0 ? '' : `, kept ${kept.length}`}.`);
  return kept.length === 0 ? ExitCode.complete : ExitCode.mediaMissing;
}

/** @returns whether every target could be asked. */
async function cleanRemote({ settings, terminal, signal }: CommandRun, cwd: string): Promise<boolean> {
  using room = await openSessionRoom(settings);
  let isAllAsked = true;
  for (const target of room.store.targetsWithBegun()) {
    try {
      const count = await endAbandoned(target, { room, settings, cwd }, signal);
      terminal.printJson({ type: 'cleaned', target, endedCount: count });
      if (count > 0) terminal.print(printableLine(`${target}: ended ${countOf(count, 'unfinished upload')}.`));
    } catch (error) {
      signal.throwIfAborted();
      if (!isChatferryError(error)) throw error;
      isAllAsked = false;
      terminal.printJson({ type: 'cleaned', target, endedCount: 0, reason: error.message });
      terminal.print(printableLine(`${target}: nothing was ended: ${error.message}`));
    }
  }
  return isAllAsked;
}
