import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { ChatferryError, type ErrorCode } from '../../src/errors/chatferry-error.js';
import {
  failsOnlyTheChat,
  failsOnlyTheFile,
  ERROR_MEANINGS,
  exitCodeOf,
  isPermanentRefusal,
  makesPartialFileUseless,
} from '../../src/errors/error-meaning.js';

const CODES = Object.keys(ERROR_MEANINGS) as readonly ErrorCode[];

function codesThat(judge: (error: ChatferryError) => boolean): readonly ErrorCode[] {
  return CODES.filter((code) => judge(new ChatferryError(code, 'Something happened.')));
}

describe('the table of errors', () => {
  it('is in docs/OPERATIONS.md, row by row', async () => {
    const text = await readFile('docs/OPERATIONS.md', 'utf8');
    const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    const documented = rows.flatMap(([, code = '', scope, lasts, partialFile, exitCode, remedy]) =>
      /^`[A-Z_]+`$/.test(code)
        ? [[code.slice(1, -1), { scope, lasts, partialFile, exitCode: Number(exitCode), remedy }]]
        : [],
    );
    expect(Object.fromEntries(documented)).toEqual(ERROR_MEANINGS);
    expect(documented).toHaveLength(CODES.length);
  });

  it('ends the run with what the next medium would meet as well, and with nothing else', () => {
    expect(codesThat((error) => !failsOnlyTheFile(error))).toEqual([
      'USAGE',
      'LOGIN_REQUIRED',
      'LOGIN_REFUSED',
      'LOCKED',
      'UNREACHABLE',
      'FLOOD_WAIT',
      'IMPLAUSIBLE_ANSWER',
      'FILE_SYSTEM',
      'ARCHIVE_DAMAGED',
      'MISSING_PROGRAM',
      'INTERRUPTED',
      'INTERNAL',
    ]);
  });

  it('takes what is no error of ours for a defect: it costs no medium and no chat, but the run', () => {
    for (const defect of [new TypeError('x is not a function'), 'thrown text', undefined]) {
      expect(failsOnlyTheFile(defect)).toBe(false);
      expect(failsOnlyTheChat(defect)).toBe(false);
      expect(exitCodeOf(defect)).toBe(1);
    }
  });

  it('lets the other chats go on after what is about one, but not when the servers are in trouble', () => {
    expect(codesThat(failsOnlyTheChat)).toEqual(['CHAT_NOT_FOUND', 'NO_ACCESS', 'REMOTE_ERROR', 'UNDECODABLE']);
    expect(failsOnlyTheChat(new ChatferryError('REMOTE_ERROR', 'INTERNAL', { retryable: true }))).toBe(false);
  });

  it('throws bytes away only where they are wrong or not wanted', () => {
    expect(codesThat(makesPartialFileUseless)).toEqual(['TOO_LARGE', 'CONTENT_MISMATCH', 'SOURCE_CHANGED']);
    expect(makesPartialFileUseless(new TypeError('x is not a function'))).toBe(false);
  });

  it('calls a medium gone for good only where nothing brings it back', () => {
    expect(CODES.filter(isPermanentRefusal)).toEqual(['MEDIA_UNAVAILABLE', 'TOO_LARGE']);
  });
});
