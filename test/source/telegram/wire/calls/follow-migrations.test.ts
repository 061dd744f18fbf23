import { describe, expect, it } from 'vitest';

import { ChatferryError } from '../../../../../src/errors/chatferry-error.js';
import { followMigrations } from '../../../../../src/source/telegram/wire/calls/follow-migrations.js';
import { ANSWERED, failed, lost, refusal, scripted } from './scripted-attempt.js';

/** Notes in order what was done between the attempts. */
function steps(): { readonly done: string[]; readonly moveHome: (dcId: number) => Promise<void> } {
  const done: string[] = [];
  return { done, moveHome: (dcId) => Promise.resolve(void done.push(`home ${dcId}`)) };
}

describe('following migrations', () => {
  it.each(['PHONE_MIGRATE_4', 'NETWORK_MIGRATE_4', 'USER_MIGRATE_4'])(
    'switches to the data centre of the account after %s, and makes another attempt',
    async (text) => {
      const { done, moveHome } = steps();
      const attempt = scripted(failed(refusal(text, 303)), ANSWERED);
      expect(await followMigrations(attempt, { followsAccount: true, moveHome })()).toEqual(ANSWERED);
      expect(done).toEqual(['home 4']);
    },
  );

  it.each(['FILE_MIGRATE_4', 'STATS_MIGRATE_4'])('does not move the account for %s', async (text) => {
    const { done, moveHome } = steps();
    const failure = failed(refusal(text, 303));
    expect(await followMigrations(scripted(failure), { followsAccount: true, moveHome })()).toBe(failure);
    expect(done).toEqual([]);
  });

  it('does not move the account for a request to a data centre of the caller’s choice', async () => {
    const { done, moveHome } = steps();
    const failure = failed(refusal('USER_MIGRATE_4', 303));
    expect(await followMigrations(scripted(failure), { followsAccount: false, moveHome })()).toBe(failure);
    expect(done).toEqual([]);
  });

  it.each([
    ['says so', refusal('AUTH_KEY_UNREGISTERED', 401)],
    ['closes the connection', new ChatferryError('LOGIN_REQUIRED', 'The key is not known.')],
  ])('negotiates a new key if a foreign data centre that no longer knows ours %s', async (_, error) => {
    const { done, moveHome } = steps();
    const forgetKey = (): Promise<void> => Promise.resolve(void done.push('new key'));
    const attempt = scripted(failed(error, { isForeign: true, forgetKey }), ANSWERED);
    expect(await followMigrations(attempt, { followsAccount: false, moveHome })()).toEqual(ANSWERED);
    expect(done).toEqual(['new key']);
  });

  it('keeps the key of the account’s own data centre: without it the login is gone', async () => {
    const { done, moveHome } = steps();
    const forgetKey = (): Promise<void> => Promise.resolve(void done.push('new key'));
    const failure = failed(refusal('AUTH_KEY_UNREGISTERED', 401), { isForeign: false, forgetKey });
    expect(await followMigrations(scripted(failure), { followsAccount: true, moveHome })()).toBe(failure);
    expect(done).toEqual([]);
  });

  it('makes at most two moves for a call, also if the call is repeated', async () => {
    const { done, moveHome } = steps();
    const attempt = scripted(
      failed(refusal('USER_MIGRATE_4', 303)),
      failed(lost()),
      failed(refusal('USER_MIGRATE_5', 303)),
      failed(refusal('USER_MIGRATE_4', 303)),
    );
    const call = followMigrations(attempt, { followsAccount: true, moveHome });
    await call();
    expect(await call()).toMatchObject({ failure: { text: 'USER_MIGRATE_4' } });
    expect(done).toEqual(['home 4', 'home 5']);
  });
});
