import type { Command } from 'commander';

import type { BenchDocument } from '../../bench/bench-document.js';
import type { DownloadTask } from '../../bench/download/download-client.js';
import type { MediaTask } from '../../bench/media/media-client.js';
import type { UploadTask } from '../../bench/upload/upload-task.js';
import type { Settings } from '../../config/settings.js';
import { readRegularFileSync } from '../../disk/regular-file.js';
import { ExitCode } from '../../errors/exit-code.js';
import { commandHelp } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { wholeNumberArgument } from '../number-argument.js';
import type { Terminal } from '../terminal/terminal.js';

/** It names some thousand files at most. */
const MOST_TASK_BYTES = 16 * 1024 * 1024;

interface BenchOptions {
  readonly runs: number;
  readonly maxParallel: number;
  readonly messages?: number;
  readonly only?: readonly string[];
  readonly report: string;
  /** A file: this process is one client of `bench download` or `bench media`. */
  readonly client?: string;
}

/** `chatferry bench`: how fast, side by side. */
export function addBench(program: Command, context: CliContext): void {
  program
    .command('bench')
    .summary('compare the modes')
    .description(
      'Measures whole runs against a Telegram on this machine in a process of its own, subjects alternating, and prints ' +
        'medians and ratios. A report (JSON and a picture) stays in the report folder. With --json: one document.',
    )
    .argument('[scenarios...]', 'export, text, download, media, verify, upload; the default ones when none is named')
    .option('--runs <count>', 'runs of each subject', wholeNumberArgument({ min: 1, max: 1000 }), 5)
    .option('--max-parallel <count>', 'permits of the parallel subjects', wholeNumberArgument({ min: 1, max: 64 }), 8)
    .option('--messages <count>', "instead of the scenario's own size", wholeNumberArgument({ min: 1 }))
    .option('--only <parts...>', 'of download: large-0ms, small-50ms, history-0ms, …')
    .option('--report <folder>', 'folder of the report', 'bench-report')
    .option('--client <task.json>', 'be one client of a benchmark, which starts itself so')
    .addHelpText(
      'after',
      commandHelp({
        examples: [
          ['bench', 'the three modes, over the mix of a lively chat'],
          ['bench export --runs 1 --messages 100', 'a quick look'],
          ['bench text --json', 'messages a second, for a script'],
          ['bench download', 'downloads and history beside gramjs and mtcute'],
          ['bench download --only large-0ms --runs 3', 'one part of it'],
          ['bench media', 'thumbnails and posters by several workers, beside sharp alone'],
          ['bench verify --messages 500', '2 GB checked, beside sha256sum'],
          ['bench upload', 'uploads over a slow line, beside other clients: an hour'],
          ['bench upload --messages 10 --runs 1', 'the same with a tenth of the bytes'],
        ],
        reads: [],
      }),
    )
    .action(async (scenarios: readonly string[], options: BenchOptions, command: Command) => {
      await runCommand({ context, command, isOffline: true }, async ({ settings, terminal, signal }) => {
        if (options.client !== undefined) {
          const task = JSON.parse(readRegularFileSync(options.client, MOST_TASK_BYTES).toString('utf8')) as
            DownloadTask | MediaTask | UploadTask;
          terminal.printJson(await runClient(task, { settings, signal }), { masked: false });
          return ExitCode.complete;
        }
        const { runBench } = await import('../../bench/run-bench.js');
        const { runs, maxParallel, messages, only = [], report } = options;
        const reports = runBench({
          scenarios,
          runCount: runs,
          maxParallel,
          ...(messages === undefined ? {} : { messageCount: messages }),
          only,
          reportDirectory: report,
          onRun: (text) => {
            terminal.say(text);
          },
          signal,
        });
        for await (const { document, paths } of reports) {
          terminal.printJson(document);
          await printDocument(terminal, document);
          for (const path of paths) terminal.print(path);
        }
        return ExitCode.complete;
      });
    });
}

function isMediaTask(task: DownloadTask | MediaTask | UploadTask): task is MediaTask {
  return task.client === 'process' || task.client === 'raw-sharp';
}

/** Loads only what this client needs: its memory is measured. */
async function runClient(
  task: DownloadTask | MediaTask | UploadTask,
  options: { readonly settings: Settings; readonly signal: AbortSignal },
): Promise<unknown> {
  if ('kind' in task) {
    const { runUploadClient } = await import('../../bench/upload/clients/upload-client.js');
    return runUploadClient(task, options);
  }
  if (isMediaTask(task)) {
    const { runMediaClient } = await import('../../bench/media/media-client.js');
    return runMediaClient(task, options);
  }
  const { runDownloadClient } = await import('../../bench/download/download-client.js');
  return runDownloadClient(task, options);
}

async function printDocument(terminal: Terminal, { scenario, results, ratios, limit }: BenchDocument): Promise<void> {
  const { renderTable } = await import('../terminal/table.js');
  terminal.print(`\n${terminal.color.bold(scenario)}`);
  terminal.print(
    renderTable({
      columns: [
        { head: 'SUBJECT' },
        { head: 'METRIC' },
        { head: 'MEDIAN', align: 'right' },
        { head: 'UNIT' },
        { head: 'RUNS', narrows: 'wrap' },
      ],
      width: terminal.columns,
      rows: results.map(({ subject, metric, unit, median, runs }) => {
        return [subject, metric, String(median), unit, runs.join(' ')];
      }),
    }),
  );
  for (const [pair, ratio] of Object.entries(ratios)) terminal.print(`${pair}: ${ratio.toFixed(2)}×`);
  if (limit !== undefined) terminal.print(`limit: ${limit}`);
}
