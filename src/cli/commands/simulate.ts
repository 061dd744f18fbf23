import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';

import { Option, type Command } from 'commander';

import type { RunningSimulator } from '../../app/demo/run-simulator.js';
import { ExitCode } from '../../errors/exit-code.js';
import { commandHelp } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { wholeNumberArgument, wholeNumbersArgument } from '../number-argument.js';
import { printable } from '../../text/printable.js';
import type { Terminal } from '../terminal/terminal.js';

interface SimulateOptions {
  readonly host: string;
  readonly ports?: readonly number[];
  readonly latencyMs?: number;
  readonly bandwidthKbS?: number;
  readonly faults?: string;
  readonly world: 'demo' | 'lively' | 'text' | 'download' | 'reposts';
  readonly messages?: number;
  readonly seed?: number;
  readonly exitWithStdin?: true;
}

/** What a running simulator tells of itself. */
type Announcement = Omit<RunningSimulator, 'close' | 'closed'>;

const PORT_LIMIT = 0xffff;
/** Data centres 2, where accounts live, and 4. */
const DC_COUNT = 2;
/** It takes any. */
const ANY_API = ['TELEGRAM_API_ID=1', `TELEGRAM_API_HASH=${'0'.repeat(32)}`];

/** `chatferry simulate`: a Telegram on this machine, for any MTProto client. */
export function addSimulate(program: Command, context: CliContext): void {
  program
    .command('simulate')
    .summary('run a Telegram on this machine')
    .description(
      'Serves a small Telegram over MTProto on this machine until it is stopped, and prints what a client needs to log ' +
        'in to it: addresses, public key, phone, code and password, as lines for .env. With --json that is exactly one line.',
    )
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option(
      '--ports <list>',
      'two ports, for the data centres 2 and 4; 0 for any free one',
      wholeNumbersArgument({ min: 0, max: PORT_LIMIT, count: DC_COUNT }),
    )
    .option('--latency-ms <number>', 'wait so long before each answer', wholeNumberArgument({ min: 0 }))
    .option(
      '--bandwidth-kb-s <number>',
      'kilobytes (1,000 bytes) a second and connection',
      wholeNumberArgument({ min: 1 }),
    )
    .option('--faults <script.json>', 'a file of faults to commit')
    .addOption(
      new Option('--world <name>', 'what it contains')
        .choices(['demo', 'lively', 'text', 'download', 'reposts'])
        .default('demo'),
    )
    .option(
      '--messages <count>',
      'messages in the worlds lively and text, files in download and reposts',
      wholeNumberArgument({ min: 1 }),
    )
    .option('--seed <number>', 'another world of the same kind', wholeNumberArgument({ min: 0 }))
    .option('--exit-with-stdin', 'also stop when standard input closes')
    .addHelpText(
      'after',
      commandHelp({
        examples: [
          ['simulate', 'the demo world, on free ports'],
          ['simulate --ports 4430,4431 --latency-ms 100', 'fixed ports, and a far-away server'],
          ['simulate --world text --messages 100000 --json', 'many messages; one line for a script'],
        ],
        reads: ['ffmpegPath', 'ffprobePath'],
      }),
    )
    .action(async (options: SimulateOptions, command: Command) => {
      await runCommand({ context, command, isOffline: true }, async ({ settings, terminal, signal }) => {
        // Each file part goes through half a megabyte that the native cipher allots, which keeps V8 marking in steps and in
        // four threads: more than half of what a simulator that sends files costs a machine, for 2 MB of garbage a step.
        setFlagsFromString('--no-incremental-marking');
        const { runSimulator } = await import('../../app/demo/run-simulator.js');
        const { bandwidthKbS, faults, exitWithStdin, messages, ...rest } = options;
        const simulator = await runSimulator({
          ...rest,
          ...(messages === undefined ? {} : { messageCount: messages }),
          ...(bandwidthKbS === undefined ? {} : { bandwidthBytesPerSecond: bandwidthKbS * 1000 }),
          ...(faults === undefined ? {} : { faultScript: faults }),
          settings,
          signal,
        });
        try {
          announce(terminal, simulator);
          await Promise.race([
            simulator.closed,
            aborted(signal),
            ...(exitWithStdin === true ? [stdinClosed(context.stdin, signal)] : []),
          ]);
        } finally {
          await simulator.close();
        }
        return ExitCode.complete; // Being stopped is how a server ends.
      });
    });
}

function announce(terminal: Terminal, simulator: Announcement): void {
  const { dcs, publicKeyFile, sessionFile, phone, code, password, botToken, notes } = simulator;
  terminal.printJson({ dcs, publicKeyFile, phone, code, password, botToken, notes }, { masked: false });
  const addresses = dcs.map(
    ({ id, host, port }) => `${String(id)}=${host.includes(':') ? `[${host}]` : host}:${String(port)}`,
  );
  for (const note of notes) terminal.say(printable(note));
  terminal.print(
    [
      ...ANY_API,
      `TELEGRAM_DC_ADDRESSES=${addresses.join(',')}`,
      `TELEGRAM_PUBLIC_KEY_FILE=${publicKeyFile}`,
      `TELEGRAM_SESSION_FILE=${sessionFile}`,
      `TELEGRAM_PHONE=${phone}`,
      `TELEGRAM_PASSWORD=${/\s/.test(password) ? `'${password}'` : password}`, // A shell may read this as well.
      `# login code: ${code}${botToken === '' ? '' : `   bot token: ${botToken}`}`,
    ].join('\n'),
    { masked: false },
  );
  terminal.say('Serving. Ctrl-C stops.');
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** Resolves when standard input ends (its writer is gone) or closes. */
async function stdinClosed(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<void> {
  stdin.resume(); // Only a stream that flows sees its end.
  const gone = new AbortController();
  try {
    const options = { signal: AbortSignal.any([signal, gone.signal]) };
    await Promise.race([once(stdin, 'end', options), once(stdin, 'close', options)]);
  } finally {
    gone.abort();
    stdin.pause();
  }
}
