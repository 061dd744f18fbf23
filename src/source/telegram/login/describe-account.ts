import type { Api } from 'telegram';

import type { Account } from '../../../chat/account.js';

/** Converts the account's own user to an {@link Account}. */
export function describeAccount(user: Api.User): Account {
  return {
    id: user.id.toString(),
    name: [user.firstName, user.lastName].filter((part) => part != null && part !== '').join(' '),
    ...(user.username == null ? {} : { username: user.username }),
    isBot: user.bot === true,
  };
}
