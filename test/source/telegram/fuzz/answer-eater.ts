/**
 * A process that is fed hostile answers where packets come out of the cipher, and says what became of them: one line of
 * JSON at the end, one line `at <count>` every thousand. Arguments: file of recorded answers, seed, count.
 */
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

import bigInt from 'big-integer';
import { AuthKey } from 'telegram/crypto/AuthKey.js';
import { RPCError } from 'telegram/errors/index.js';

import { ChatferryError } from '../../../../src/errors/chatferry-error.js';
import { gramjsLogger, RequestState } from '../../../../src/source/telegram/wire/gramjs-seams.js';
import { readMessagePage } from '../../../../src/source/telegram/history/message-page.js';
import { OneConnectionSender } from '../../../../src/source/telegram/wire/connections/one-connection-sender.js';
import { pageToBatch } from '../../../../src/source/telegram/history/page-to-batch.js';
import { readServerMessage } from '../../../../src/source/telegram/wire/packets/server-message.js';
import {
  selfCheckedRequest,
  type WireRequest,
  wireRequest,
} from '../../../../src/source/telegram/wire/wire-request.js';
import { hostileAnswer, hostileMessage } from './hostile-bytes.js';
import { PAGE_MESSAGES, requests } from './recorded-answers.js';

/** What one process saw. */
export interface EatenAnswers {
  readonly count: number;
  readonly takenCount: number;
  readonly refusedCount: number;
  readonly lostCount: number;
  /** Outcomes that are neither a success nor an error of ours, and with which seed. */
  readonly strange: readonly string[];
  readonly mostResidentBytes: number;
  /** Of the processor, for one answer. */
  readonly longestMs: number;
  readonly longestSeed: number;
}

const REQUEST_ID = 12n;
const context = { chatId: 'channel1900000001', selfId: '777001', idOffset: 0, log: (): void => undefined } as const;

const wires = new Map<string, WireRequest<unknown>>();
for (const [name, request] of requests()) {
  const isPage = name === 'messages.GetHistory' || name === 'channels.GetMessages';
  const maxMessages = name === 'channels.GetMessages' ? 4 : PAGE_MESSAGES;
  const wire = isPage
    ? selfCheckedRequest(request, (reader) => pageToBatch(readMessagePage(reader, { maxMessages }), context, 0))
    : wireRequest(request, (reader): unknown => (request as unknown as ReadsResult).readResult(reader));
  wires.set(name, wire);
}

interface ReadsResult {
  readResult(reader: unknown): unknown;
}

const [file = '', seedText = '1', countText = '1'] = process.argv.slice(2);
const recorded = (JSON.parse(readFileSync(file, 'utf8')) as { method: string; bytes: string }[]).map(
  ({ method, bytes }) => ({ method, bytes: Buffer.from(bytes, 'base64') }),
);
const log = gramjsLogger(() => undefined);
const strange: string[] = [];
const tally = { takenCount: 0, refusedCount: 0, lostCount: 0, mostResidentBytes: 0, longestMs: 0, longestSeed: 0 };
process.on('uncaughtException', (error) => strange.push(`uncaught: ${String(error)}`));
process.on('unhandledRejection', (error) => strange.push(`unhandled: ${String(error)}`));
process.once('SIGTERM', () => process.exit(6));

for (let index = 0; index < Number(countText); index += 1) {
  const seed = Number(seedText) + index;
  const { method, bytes } = recorded[index % recorded.length] ?? { method: '', bytes: Buffer.alloc(0) };
  const message = hostileMessage(hostileAnswer(bytes, seed), REQUEST_ID, seed);
  const before = process.cpuUsage();
  const outcome = await eat(message, wires.get(method));
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000;
  if (ms > tally.longestMs) [tally.longestMs, tally.longestSeed] = [ms, seed];
  tally.mostResidentBytes = Math.max(tally.mostResidentBytes, process.memoryUsage.rss());
  if (outcome === 'taken') tally.takenCount += 1;
  else if (outcome === 'lost') tally.lostCount += 1;
  // What the server itself calls an error is made ours by the client.
  else if (outcome instanceof ChatferryError || outcome instanceof RPCError) tally.refusedCount += 1;
  else strange.push(`seed ${seed} (${method}): ${String(outcome)}`);
  if (index % 1000 === 0) process.stdout.write(`at ${index}\n`);
  await turn();
}
process.stdout.write(`${JSON.stringify({ count: Number(countText), strange: strange.slice(0, 20), ...tally })}\n`);
process.exit(0);

/** As the receiving loop of a sender does with what it has deciphered. */
async function eat(message: Buffer, request: WireRequest<unknown> | undefined): Promise<unknown> {
  const sender = new OneConnectionSender(new AuthKey(), { logger: log, retries: 1, securityChecks: true, client: {} });
  const pending = sender._pendingState as unknown as { set(id: bigInt.BigInteger, state: RequestState): void };
  const state = new RequestState({ ...request, getBytes: () => Buffer.alloc(0) } as never);
  pending.set(bigInt(REQUEST_ID), state);
  return new Promise((resolve) => {
    sender.onLost = (): void => {
      resolve('lost');
    };
    void state.promise?.then(() => {
      resolve('taken');
    }, resolve);
    void feed(sender, message).then(
      () => {
        resolve('lost'); // Another's answer, or none: it would time out.
      },
      (error: unknown) => {
        resolve(error instanceof Error && /container/.test(error.message) ? 'lost' : error);
      },
    );
  });
}

async function feed(sender: OneConnectionSender, message: Buffer): Promise<void> {
  await sender._processMessage({ msgId: bigInt(5), obj: readServerMessage(message) });
  await turn(); // What was settled is told before.
}
