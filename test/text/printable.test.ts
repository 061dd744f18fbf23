import { describe, expect, it } from 'vitest';

import { accountTitle } from '../../src/chat/account.js';
import { chatTitle } from '../../src/cli/terminal/progress/progress-lines.js';
import { renderTable } from '../../src/cli/terminal/table.js';
import { shortTitle } from '../../src/text/printable.js';

describe('a title on a line', () => {
  it('is whole up to 200 characters, and goes on with … where it is longer', () => {
    expect(shortTitle('x'.repeat(200))).toBe('x'.repeat(200));
    expect(shortTitle('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
  });

  it('is cut between characters', () => {
    expect(shortTitle(`${'x'.repeat(198)}🚢🚢`)).toBe(`${'x'.repeat(198)}…`);
  });

  it('is bounded for a chat whose title and last name have many megabytes', () => {
    const title = chatTitle({ title: 'y'.repeat(50_000_000), lastName: 'z'.repeat(50_000_000), peerId: 'user1' });
    expect(title).toBe(`${'y'.repeat(199)}…`);
  });

  it('is bounded for an account, and a cell of a table is as well', () => {
    expect(accountTitle({ id: '7', name: 'n'.repeat(50_000_000) })).toBe(`${'n'.repeat(199)}… (id 7)`);
    const table = renderTable({ columns: [{ head: 'WHY' }], rows: [['r'.repeat(50_000_000)], ['r'.repeat(4096)]] });
    expect(table.split('\n')).toEqual(['WHY', `${'r'.repeat(5000)}…`, 'r'.repeat(4096)]);
  });
});
