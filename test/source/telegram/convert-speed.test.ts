import { Api } from 'telegram';
import { expect, it } from 'vitest';

import { convertMessage } from '../../../src/source/telegram/convert-message.js';
import { CONTEXT, message, overTheWire } from './convert-samples.js';

it('converts text messages at least ten times as fast as they can be fetched: 50,000 a second', () => {
  const entities = [
    new Api.MessageEntityBold({ offset: 0, length: 5 }),
    new Api.MessageEntityUrl({ offset: 6, length: 9 }),
  ];
  const messages = Array.from({ length: 5000 }, (_, index) =>
    overTheWire(message({ id: index + 1, message: 'Hello a.example', ...(index % 2 === 0 && { entities }) })),
  );
  const rates = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    for (const each of messages) {
      convertMessage(each, CONTEXT);
    }
    return messages.length / ((performance.now() - startedAt) / 1000);
  });
  // The best of five, so that a busy machine does not decide.
  expect(Math.max(...rates)).toBeGreaterThan(50_000);
});
