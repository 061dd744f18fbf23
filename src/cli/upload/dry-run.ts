import { resolve } from 'node:path';

import { planUpload } from '../../app/upload/plan-upload.js';
import { ExitCode } from '../../errors/exit-code.js';
import { formatBytes } from '../../metrics/summary-line.js';
import { printableLine } from '../../text/printable.js';
import type { CommandRun } from '../command-run.js';
import { countOf } from '../terminal/amounts.js';
import { DEFAULT_MANIFEST } from './default-manifest.js';
import { itemsOpener, type UploadRequest } from './items-of.js';

/** Lists what would be sent. @returns 4 where something would be refused. */
export async function dryRun(run: CommandRun, request: UploadRequest): Promise<ExitCode> {
  const { terminal, settings, signal } = run;
  const onNote = (text: string): void => {
    terminal.say(text);
  };
  const { options, cwd } = request;
  const leftOut = [resolve(cwd, options.manifest ?? DEFAULT_MANIFEST)];
  const openItems = itemsOpener(request, { settings, onNote, leftOut });
  let [sendCount, sendBytes, refusedCount, sentBeforeCount] = [0, 0, 0, 0];
  for await (const file of planUpload({ to: options.to ?? [], openItems, settings, cwd, signal })) {
    const { path, name, target, sizeBytes, state, partCount = 0, reason = '' } = file;
    if (state === 'refused') refusedCount += 1;
    else if (state === 'sent-before') sentBeforeCount += 1;
    else [sendCount, sendBytes] = [sendCount + 1, sendBytes + sizeBytes];
    terminal.printJson({ type: 'planned', ...file });
    const fate = {
      refused: `refused: ${reason}`,
      'sent-before': 'sent before: asked for, and not sent again unless it is gone',
      'to-send': countOf(partCount, 'part'),
    }[state];
    terminal.print(printableLine(`${path} → ${target}: ${name}, ${formatBytes(sizeBytes)}, ${fate}`));
    await terminal.room(signal);
  }
  terminal.printJson({ type: 'summary', isDryRun: true, sendCount, sendBytes, sentBeforeCount, refusedCount });
  const before = sentBeforeCount === 0 ? '' : `, ${countOf(sentBeforeCount, 'file')} sent before`;
  const refused = refusedCount === 0 ? '' : `, ${countOf(refusedCount, 'file')} refused`;
  terminal.print(
    `Would send ${countOf(sendCount, 'file')}, ${formatBytes(sendBytes)}${before}${refused}. Nothing was sent.`,
  );
  return refusedCount === 0 ? ExitCode.complete : ExitCode.mediaMissing;
}
