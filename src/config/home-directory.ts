import { homedir } from 'node:os';

/**
 * The home directory of this user. Containers often run as a user without an entry in the list of users; where HOME is
 * not set either, there is none.
 */
export function homeDirectoryOfUser(): string | undefined {
  try {
    const directory = homedir();
    return directory === '' ? undefined : directory;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined; // uv_os_homedir: no such user.
    throw error;
  }
}
