/**
 * The program of a thread that reads an archive. It takes requests, one at a time, and answers each; `thread-calls` is the
 * other side.
 */
import { parentPort, workerData } from 'node:worker_threads';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { ArchiveAnswers } from './archive-answers.js';
import { BusyFlag } from './busy-flag.js';
import { failureOf } from './thread-failure.js';
import type { ThreadAnswer, ThreadNotice, ThreadRequest } from './thread-message.js';

if (parentPort === null) throw new ChatferryError('INTERNAL', 'This is the program of a thread.');
const port = parentPort;
const busy = new BusyFlag(workerData as SharedArrayBuffer);
const answers = new ArchiveAnswers();

port.on('message', (message: ThreadRequest | ThreadNotice) => {
  if (message.type === 'leave' || message.type === 'close') take(message);
  else void reply(message);
});

function take(notice: ThreadNotice): void {
  if (!busy.enter()) return;
  answers.take(notice);
  busy.leave();
  if (notice.type === 'close') port.close();
}

async function reply(request: ThreadRequest): Promise<void> {
  if (!busy.enter()) return; // The process exits.
  try {
    send({ value: await answers.answer(request) });
  } catch (error) {
    send({ failure: failureOf(error) });
  } finally {
    busy.leave();
  }
}

function send(answer: ThreadAnswer): void {
  port.postMessage(answer);
}
