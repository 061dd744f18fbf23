import { expect, it } from 'vitest';

import { ChatferryError } from '../../src/errors/chatferry-error.js';
import { GivingUp } from '../../src/upload/giving-up.js';

const SILENT = new ChatferryError('TIMEOUT', 'far.example did not answer in time.', { retryable: true });

it('three files in a row that were not answered give a target up, and one that is there in between begins anew', () => {
  const givingUp = new GivingUp();
  givingUp.failed(SILENT);
  givingUp.failed(SILENT);
  givingUp.succeeded();
  givingUp.failed(SILENT);
  givingUp.failed(SILENT);
  expect(givingUp.reason).toBeUndefined();
  givingUp.failed(new ChatferryError('SOURCE_CHANGED', 'It was written to.')); // Says nothing about the far end.
  givingUp.failed(SILENT);
  expect(givingUp.reason).toMatchObject({ code: 'TIMEOUT', cause: SILENT });
  expect(givingUp.signal.reason).toBe(givingUp.reason);
});

it('files that a store is not ready with, or that it refuses, give nothing up', () => {
  const givingUp = new GivingUp();
  for (let count = 0; count < 10; count += 1) {
    givingUp.failed(new ChatferryError('TIMEOUT', 'kimi was not ready with a.pdf after 600 s.'));
    givingUp.failed(new ChatferryError('STORE_REFUSED', 'It is too large.'));
    givingUp.failed(new ChatferryError('FILE_SYSTEM', 'It cannot be read.'));
    givingUp.failed(new ChatferryError('LOCKED', 'Another run works on it.'));
  }
  expect(givingUp.signal.aborted).toBe(false);
});

it('a far end that is not to be reached is given up at once, and the first reason stays', () => {
  const givingUp = new GivingUp();
  const first = new ChatferryError('UNREACHABLE', 'The line broke.', { retryable: true });
  givingUp.failed(first);
  givingUp.giveUp(new ChatferryError('UNREACHABLE', 'It broke again.'));
  expect(givingUp.reason).toBe(first);
});
