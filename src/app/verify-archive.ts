import { join, resolve } from 'node:path';

import { Archive } from '../archive/archive.js';
import { hasOwnSchema, listHostileNames } from '../archive/archive-database.js';
import { chatsOf } from '../archive/accounts/chats-of-account.js';
import { chosenChats } from '../archive/chosen-chats.js';
import { holdsChat, foldersIn } from '../archive/verify/chat-folders.js';
import { ChatVerification } from '../archive/verify/chat-verification.js';
import { checkDatabase } from '../archive/verify/database-check.js';
import { type Finding, isDamage } from '../archive/verify/finding.js';
import { recordFindings } from '../archive/verify/record-findings.js';
import { HashThreads } from '../archive/verify/hash-threads.js';
import type { Settings } from '../config/settings.js';
import { errorMessage, isChatferryError } from '../errors/chatferry-error.js';

export interface VerifyRequest {
  readonly settings: Pick<Settings, 'exportDir'>;
  /** As for an export: `@name`, link, id, title or `me`. Empty for all chats of the archive. */
  readonly chats: readonly string[];
  /** Only chats of this account: an id or `@name`. @defaultValue all accounts */
  readonly account?: string | undefined;
  /** Checks only sizes, and the database with the quick check. Reads neither files nor records. */
  readonly isQuick: boolean;
  /** Called with notes for the user beside the findings, one line each. */
  readonly onNote: (text: string) => void;
  /** Called with the number of messages to read, before the first. */
  readonly onMessages?: (messageCount: number) => void;
  /** Called with the number of messages that were read. */
  readonly onRead?: (messageCount: number) => void;
  /** Called with the number of files to check, before the first. */
  readonly onTotal: (fileCount: number) => void;
  /** Called with the number of files that were checked. */
  readonly onChecked: (fileCount: number) => void;
  readonly signal: AbortSignal;
}

/** The result of a verification. */
export interface Verification {
  /** Absolute. */
  readonly directory: string;
  readonly chatCount: number;
  readonly messageCount: number;
  /** Files that rows name, derivatives included. */
  readonly fileCount: number;
  /** Bytes that were read and hashed. */
  readonly bytes: number;
  readonly damageCount: number;
  readonly strayCount: number;
  /** Media that were marked as missing. The next export of their chats fetches them. */
  readonly markedCount: number;
  readonly wallMs: number;
}

const UNTOUCHED =
  'The database is damaged, so nothing is written to it: damaged files are listed, but not marked as missing.';

type Access = { readonly archive: Archive; readonly marks: boolean; readonly isWrittenTo: boolean };

/**
 * Compares an archive with itself and the disk, and yields the differences. Damaged files are marked as missing if no
 * other process writes to the archive; otherwise they are only reported.
 *
 * @throws {ChatferryError} `USAGE` if there is no archive, or one of an older version; `CHAT_NOT_FOUND`; `FILE_SYSTEM`;
 *   the signal's reason when it aborts.
 */
export async function* verifyArchive(request: VerifyRequest): AsyncGenerator<Finding, Verification, void> {
  const { settings, isQuick, onTotal, onChecked, signal } = request;
  const startedMs = performance.now();
  const tally = { fileCount: 0, bytes: 0, damageCount: 0, strayCount: 0, markedCount: 0 };
  const counted = (finding: Finding): Finding => {
    tally[isDamage(finding) ? 'damageCount' : 'strayCount'] += 1;
    return finding;
  };
  const directory = resolve(settings.exportDir);
  const unusable = await openingProblems(directory);
  for (const text of unusable) yield counted({ kind: 'database', text, path: 'archive.db' });
  // SQLite's integrity check evaluates the expressions of a schema, so it must not run on a foreign schema.
  const isOurs = unusable.length === 0 || (await hasOwnSchema(directory));
  const problems = isOurs ? await checkDatabase(join(directory, 'archive.db'), isQuick, signal) : [];
  for (const text of problems) yield counted({ kind: 'database', text, path: 'archive.db' });
  if (unusable.length > 0) return { directory, chatCount: 0, messageCount: 0, ...tally, wallMs: since(startedMs) };

  const { isWrittenTo, ...access } = await open(request, problems.length === 0);
  using archive = access.archive;
  const { account, stored: all } = chatsOf(archive, request.account);
  const chats = chosenChats(all, { references: request.chats, account, onNote: request.onNote });
  await using threads = isQuick ? undefined : new HashThreads();
  const folders = new Set<string>();
  const messageCount = chats.reduce((sum, { chat }) => sum + archive.messageCount(chat.id), 0);
  const unreadable = new Set<string>();
  try {
    if (!isQuick) {
      request.onMessages?.(messageCount);
      const onRead = (count: number): void => request.onRead?.(count);
      for await (const finding of recordFindings(archive.recordCheck, chats, { onRead, signal })) {
        unreadable.add(finding.text);
        yield counted(finding);
      }
      if (access.marks && unreadable.size > 0) request.onNote(UNTOUCHED);
    }
    const marks = access.marks && unreadable.size === 0;
    onTotal(chats.reduce((sum, { chat }) => sum + archive.storedFiles.count(chat.id), 0));
    for (const stored of chats) {
      const verification = new ChatVerification({
        archive,
        stored,
        threads,
        marks,
        isWrittenTo,
        onChecked: (fileCount, bytes) => {
          tally.fileCount += fileCount;
          tally.bytes += bytes;
          onChecked(fileCount);
        },
        onMarked: (count) => (tally.markedCount += count),
        signal,
      });
      for await (const finding of findingsOf(verification, signal)) {
        // Unreadable records are already listed.
        if (!unreadable.has(finding.text)) yield counted(finding);
      }
      for (const folder of verification.folders) folders.add(folder);
    }
    const isWhole = request.chats.length === 0 && account === undefined;
    if (isWhole) for await (const finding of foreignFolders(directory, folders)) yield counted(finding);
  } catch (error) {
    if (signal.aborted || !isChatferryError(error, 'ARCHIVE_DAMAGED')) throw error;
    yield counted({ kind: 'database', text: errorMessage(error), path: 'archive.db' });
  }
  signal.throwIfAborted();
  return { directory, chatCount: chats.length, messageCount, ...tally, wallMs: since(startedMs) };
}

function since(startedMs: number): number {
  return performance.now() - startedMs;
}

/** Why an archive cannot be read at all; empty if it can. */
async function openingProblems(directory: string): Promise<readonly string[]> {
  try {
    using archive = await Archive.open(directory, { readOnly: true });
    archive.chats();
    return [];
  } catch (error) {
    if (!isChatferryError(error, 'ARCHIVE_DAMAGED')) throw error;
    const names = await listHostileNames(directory).catch((): readonly string[] => []);
    return names.length > 0 ? names : [errorMessage(error)];
  }
}

/** Opens for writing if possible, so that no other process writes meanwhile. */
async function open({ settings, onNote }: VerifyRequest, isDatabaseSound: boolean): Promise<Access> {
  const toRead = async (isWrittenTo: boolean): Promise<Access> => ({
    archive: await Archive.open(settings.exportDir, { readOnly: true }),
    marks: false,
    isWrittenTo,
  });
  if (!isDatabaseSound) {
    onNote(UNTOUCHED);
    return toRead(false);
  }
  try {
    return { archive: await Archive.open(settings.exportDir), marks: true, isWrittenTo: false };
  } catch (error) {
    if (isChatferryError(error, 'LOCKED')) {
      onNote(
        `${error.message} Meanwhile damaged files are listed, but not marked as missing, and files without rows are not looked for.`,
      );
      return toRead(true);
    }
    if (!isChatferryError(error, 'FILE_SYSTEM')) throw error;
    onNote(
      `The archive cannot be written to, so damaged files are listed, but not marked as missing: ${error.message}`,
    );
    return toRead(false);
  }
}

/** A chat that cannot be read completely does not stop the check of the others. */
async function* findingsOf(verification: ChatVerification, signal: AbortSignal): AsyncGenerator<Finding, void, void> {
  try {
    yield* verification.findings();
  } catch (error) {
    if (signal.aborted || !isChatferryError(error, 'ARCHIVE_DAMAGED')) throw error;
    yield { kind: 'database', text: errorMessage(error), path: 'archive.db' };
  }
}

/** Folders that were made for chats but belong to no chat of this archive. */
async function* foreignFolders(directory: string, own: ReadonlySet<string>): AsyncGenerator<Finding, void, void> {
  for (const name of await foldersIn(directory)) {
    if (own.has(name) || !(await holdsChat(join(directory, name)))) continue;
    yield {
      kind: 'stray',
      path: name,
      text: 'It is the folder of a chat, but no chat of the archive has this folder.',
    };
  }
}
