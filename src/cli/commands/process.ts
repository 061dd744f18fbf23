import { relative, resolve } from 'node:path';

import type { Command } from 'commander';

import type { ProcessedMedia } from '../../app/process-media.js';
import type { SettingKey, Settings } from '../../config/settings.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { ExitCode } from '../../errors/exit-code.js';
import { commandHelp, REPLACES_ORIGINALS } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { requireReportPlace, writeReport } from '../report-file.js';
import { flagsOf, SettingOption } from '../setting-option.js';
import { countOf } from '../terminal/amounts.js';
import { leftOutLines, mediumLine, processSummary, type Tally } from '../terminal/processed-media.js';
import type { Terminal } from '../terminal/terminal.js';

interface ProcessOptions {
  readonly out?: string;
  readonly sequential?: true;
  readonly parallel?: true;
  readonly unordered?: true;
  readonly storyboard?: true;
  readonly report?: string;
}

const MEMORY_LIMIT = 'memory limit of all processes together; 0: 600 MB';

const EXAMPLES = [
  ['process photos/ --out thumbs/', 'what is in them, and a thumbnail of each'],
  ["process '**/*.mp4' --out small/ --transcode balanced", 'smaller copies of films, where they are smaller'],
  [
    'process films/ --out thumbs/ --preset small --replace-originals',
    'keep only the smaller ones, where they are smaller',
  ],
  ['process holiday.jpg --out clean/ --strip-metadata', 'a copy to give away'],
  ['process photos/ --json --unordered', 'a document for each file, as they finish'],
] as const;

/** `chatferry process`: what an export does with media, for any files. */
export function addProcess(program: Command, context: CliContext): void {
  program
    .command('process')
    .summary('describe media files, make thumbnails and smaller copies')
    .description(
      'Says what files are by their bytes, and with --out makes what a viewer needs of them: thumbnails, posters, ' +
        'waveforms, placeholders. Files are only read, unless --replace-originals is given. One that cannot be processed does not stop the others.',
    )
    .argument('<files...>', 'files, folders and patterns such as "**/*.jpg"')
    .option('--out <folder>', 'folder for derivatives; without it none are made')
    .option('--sequential', 'one file at a time')
    .option('--parallel', 'several at a time, which is the default')
    .addOption(new SettingOption('maxWorkers', '<count>'))
    .addOption(new SettingOption('parallelMediaMemoryLimitMb', '<megabytes>', MEMORY_LIMIT))
    .option('--unordered', 'results as they finish, not in the order of the files')
    .addOption(new SettingOption('mediaTranscode', '<preset>'))
    .addOption(new SettingOption('mediaTranscodeOriginals', { means: 'replace' }, REPLACES_ORIGINALS))
    .addOption(new SettingOption('stripMetadata', { means: 'true' }))
    .option('--storyboard', 'a strip of frames of every film')
    .option('--report <file>', 'write all results to this file, as JSON')
    .addHelpText(
      'after',
      commandHelp({
        examples: EXAMPLES,
        reads: [
          'maxWorkers',
          'parallelMediaMemoryLimitMb',
          'mediaTranscode',
          'mediaTranscodeOriginals',
          'stripMetadata',
          'ffmpegPath',
          'ffprobePath',
          'ffmpegAnyVersion',
        ],
        notes: ['Exit code 4: done, but for what the closing list names.'],
      }),
    )
    .action(async (names: readonly string[], options: ProcessOptions, command: Command) => {
      const isForOutput = options.out === undefined && options.report === undefined;
      await runCommand(
        { context, command, isForOutput, goesOn: true, isOffline: true },
        async ({ settings, terminal, signal }) => {
          refuseContradictions(options, flagsOf(command), settings);
          const reportPath = options.report === undefined ? undefined : resolve(context.cwd, options.report);
          if (reportPath !== undefined) await requireReportPlace(reportPath);
          const [{ finishEarlierRun, processMedia }, { workerCount }, { baseOf, findMediaFiles }] = await Promise.all([
            import('../../app/process-media.js'),
            import('../../app/worker-count.js'),
            import('../../app/process/media-files-found.js'),
          ]);
          const outputFolder = options.out === undefined ? undefined : resolve(context.cwd, options.out);
          const bases = names.map((name) => baseOf(name, context.cwd));
          if (outputFolder !== undefined) await finishEarlierRun(outputFolder, bases, signal);
          const found = await findMediaFiles(names, { cwd: context.cwd, outputFolder });
          for (const line of leftOutLines(found, context.cwd)) terminal.say(line);
          for (const folder of found.unreadable) terminal.printJson({ type: 'unreadable-folder', ...folder });
          const { files } = found;
          const results = processMedia(files, {
            ...(outputFolder === undefined ? {} : { out: outputFolder }),
            workers: options.sequential === true ? 1 : workerCount(settings.maxWorkers),
            unordered: options.unordered === true,
            ...(settings.parallelMediaMemoryLimitMb === 0
              ? {}
              : { memoryBytes: settings.parallelMediaMemoryLimitMb * 1e6 }),
            storyboard: options.storyboard === true,
            ...(settings.mediaTranscode === 'off' ? {} : { transcode: settings.mediaTranscode }),
            stripMetadata: settings.stripMetadata,
            replaceOriginals: settings.mediaTranscodeOriginals === 'replace',
            ffmpegPath: settings.ffmpegPath,
            ffprobePath: settings.ffprobePath,
            ffmpegAnyVersion: settings.ffmpegAnyVersion,
            signal,
          });
          const tally = {
            ...(await show(results, {
              terminal,
              count: files.length,
              cwd: context.cwd,
              keeps: reportPath !== undefined,
              signal,
            })),
            unreadable: found.unreadable,
          };
          if (reportPath !== undefined)
            await writeReport(reportPath, { results: tally.results, unreadable: tally.unreadable }, signal);
          terminal.print(`\n${processSummary(tally)}`);
          return tally.troubled.length + tally.unreadable.length > 0 ? ExitCode.mediaMissing : ExitCode.complete;
        },
      );
    });
}

interface ShowOptions {
  readonly terminal: Terminal;
  readonly count: number;
  readonly cwd: string;
  /** Whether the results are wanted as a whole. */
  readonly keeps: boolean;
  readonly signal: AbortSignal;
}

async function show(
  results: AsyncIterable<ProcessedMedia>,
  { terminal, count, cwd, keeps, signal }: ShowOptions,
): Promise<Omit<Tally, 'unreadable'>> {
  const startedMs = performance.now();
  const troubled: ProcessedMedia[] = [];
  const kept: ProcessedMedia[] = [];
  let [derivativeCount, madeBeforeCount] = [0, 0];
  terminal.say(countOf(count, 'file'));
  const { CountProgress } = await import('../terminal/progress/count-progress.js');
  using progress = new CountProgress(terminal, count, 'file');
  for await (const result of results) {
    terminal.printJson({ type: 'processed', ...result });
    terminal.print(mediumLine(result, relative(cwd, result.path)));
    progress.step();
    await terminal.room(signal);
    if (keeps) kept.push(result);
    if (result.state === 'failed' || result.problems.length > 0) troubled.push(result);
    if (result.state === 'done' && result.wasMade === true) madeBeforeCount += 1;
    else if (result.state === 'done') derivativeCount += result.derivatives.length;
  }
  const wallMs = performance.now() - startedMs;
  return { fileCount: count, wallMs, troubled, derivativeCount, madeBeforeCount, results: kept };
}

function refuseContradictions(
  { sequential, parallel, storyboard, out }: ProcessOptions,
  { maxWorkers: workers, mediaTranscodeOriginals: originals }: Readonly<Partial<Record<SettingKey, string>>>,
  { mediaTranscode, stripMetadata }: Settings,
): void {
  const refuse = (text: string): never => {
    throw new ChatferryError('USAGE', text);
  };
  if (sequential === true && parallel === true) refuse('--sequential contradicts --parallel. Take one out.');
  if (sequential === true && workers !== undefined && workers !== '1') {
    refuse(`--sequential contradicts --workers ${workers}. Take one out.`);
  }
  if (originals === 'replace' && mediaTranscode === 'off') {
    refuse('--replace-originals needs smaller copies: --transcode balanced or small.');
  }
  if (out !== undefined) return;
  if (storyboard === true) refuse('--storyboard makes files. Name a folder for them: --out <folder>.');
  if (mediaTranscode !== 'off')
    refuse(`--transcode ${mediaTranscode} makes files. Name a folder for them: --out <folder>.`);
  if (stripMetadata) refuse('--strip-metadata makes files. Name a folder for them: --out <folder>.');
}
