import { describe, expect, it } from 'vitest';

import type { RefusedChat } from '../../../src/app/export/each-chat.js';
import { printSummary } from '../../../src/cli/terminal/export-summary.js';
import { Terminal } from '../../../src/cli/terminal/terminal.js';
import { redactor } from '../../../src/config/redact.js';
import { ChatferryError, type ErrorCode } from '../../../src/errors/chatferry-error.js';
import { ExitCode } from '../../../src/errors/exit-code.js';
import { ConcurrencyMetrics } from '../../../src/metrics/concurrency-metrics.js';
import { CapturedStream } from './captured-stream.js';

function refusedChat(number: number, code: ErrorCode): RefusedChat {
  const id = `channel${number}` as const;
  const chat = { id, peerId: id, kind: 'supergroup', title: `Club ${number}`, isPublic: false } as const;
  return { chat, error: new ChatferryError(code, 'It was refused.') };
}

function summaryOf(refused: readonly RefusedChat[], { isOfAll }: { readonly isOfAll: boolean }): string {
  const stdout = new CapturedStream();
  const options = { stdout, stderr: new CapturedStream(), json: false, quiet: false, color: false };
  const terminal = new Terminal({ ...options, redact: redactor([]) });
  const metrics = new ConcurrencyMetrics().snapshot();
  const account = { id: '7001', name: 'Ada', isBot: false };
  const run = {
    runId: 'one',
    account,
    otherAccounts: [],
    directory: '/exports',
    durationMs: 1000,
    chats: [],
    renderedPaths: [],
    metrics,
    line: '0 media',
  };
  printSummary(terminal, { ...run, refused, exitCode: ExitCode.mediaMissing }, { cwd: '/', verbose: false, isOfAll });
  return stdout.text;
}

describe('the summary of an export', () => {
  it('of all chats says how to leave out those that the account may not read, and no others', () => {
    const refused = [refusedChat(7, 'NO_ACCESS'), refusedChat(8, 'REMOTE_ERROR'), refusedChat(9, 'NO_ACCESS')];
    const text = summaryOf(refused, { isOfAll: true });
    expect(text).toContain('not exported: Club 8: It was refused.');
    expect(text).toContain('To leave them out: --exclude channel7 --exclude channel9\n');
    expect(summaryOf(refused.slice(0, 1), { isOfAll: true })).toContain('To leave it out: --exclude channel7\n');
    expect(summaryOf(refused.slice(1, 2), { isOfAll: true })).not.toContain('--exclude');
  });

  it('of chats that were named says nothing of it', () => {
    expect(summaryOf([refusedChat(7, 'NO_ACCESS')], { isOfAll: false })).not.toContain('--exclude');
  });
});
