import { Archive } from '../../archive/archive.js';
import type { Account } from '../../chat/account.js';
import { isChatferryError } from '../../errors/chatferry-error.js';

/** Accounts that exported into an archive, but for one. None where there is no archive that can be read. */
export async function otherAccountsIn(directory: string, account: Account): Promise<readonly Account[]> {
  try {
    using archive = await Archive.open(directory, { readOnly: true });
    return others(archive, account);
  } catch (error) {
    // Nobody asked for the archive: who does is told what is wrong with it.
    if (isChatferryError(error)) return [];
    throw error;
  }
}

/** Accounts that exported into an archive, but for one. */
export function others(archive: Archive, account: Account): readonly Account[] {
  return archive.accounts.all().filter(({ id }) => id !== account.id);
}
