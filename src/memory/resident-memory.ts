import { readFile } from 'node:fs/promises';

import pidusage from 'pidusage';

const BYTES_PER_KIB = 1024;

/**
 * What a process holds in physical memory, in bytes. On Linux it is read here (proc(5), `VmRSS`): pidusage starts a
 * program there to ask for the size of a page, which would inherit the environment with all secrets. Elsewhere the
 * system's own `ps` or PowerShell is the only way to know.
 *
 * @throws Node's or pidusage's error when there is no such process.
 */
export async function residentBytesOf(pid: number): Promise<number> {
  if (process.platform !== 'linux') return (await pidusage(pid)).memory;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  // A process that has ended and was not waited for has no such line, and holds nothing.
  const [, kibibytes = '0'] = /^VmRSS:\s*(\d+) kB$/m.exec(status) ?? [];
  return Number(kibibytes) * BYTES_PER_KIB;
}
