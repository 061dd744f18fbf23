import { expect, it } from 'vitest';

import { failureOf } from '../../../src/app/upload/job-report.js';
import { ChatferryError } from '../../../src/errors/chatferry-error.js';

it('names the setting of the time that an answer is waited for where a target is silent', () => {
  const { code, message } = failureOf(new ChatferryError('TIMEOUT', 'store.example did not answer in time.'));
  expect(code).toBe('TIMEOUT');
  expect(message).toMatch(/Nothing is lost: the same command continues\. UPLOAD_TIMEOUT_SECONDS sets how long/);
});

it('adds nothing to what has a remedy of its own', () => {
  const message = 'There is no folder /mnt. Mount it, then run the same command again.';
  expect(failureOf(new ChatferryError('UNREACHABLE', message)).message).toBe(message);
  const refused = 'The store has no room. Make some.';
  expect(failureOf(new ChatferryError('STORE_REFUSED', refused)).message).toBe(refused);
});
