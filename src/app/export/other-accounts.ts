import { Archive } from '../../archive/archive.js';
import type { Account } from '../../chat/account.js';
import { isChatferryError } from '../../errors/chatferry-error.js';

/** Accounts that exported into an archive, except one. Empty if there is no readable archive. */
export async function otherAccountsIn(directory: string, account: Account): Promise<readonly Account[]> {
  try {
    using archive = await Archive.open(directory, { readOnly: true });
    return others(archive, account);
  } catch (error) {
    // The user did not ask for the archive; commands that use it report its errors.
    if (isChatferryError(error)) return [];
    throw error;
  }
}

/** Accounts that exported into an archive, except one. */
export function others(archive: Archive, account: Account): readonly Account[] {
  return archive.accounts.all().filter(({ id }) => id !== account.id);
}
