import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';

/**
 * The home directory of this user. Containers often run as a user without an entry in the list of users; where HOME is
 * not set either, there is none. A relative HOME is no place of this user: it would be whatever the working directory holds.
 */
export function homeDirectoryOfUser(): string | undefined {
  try {
    const directory = homedir();
    return isAbsolute(directory) ? directory : undefined;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined; // uv_os_homedir: no such user.
    throw error;
  }
}
