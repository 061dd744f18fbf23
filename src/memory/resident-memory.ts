import { readFile } from 'node:fs/promises';

import pidusage from 'pidusage';

const BYTES_PER_KIB = 1024;

/**
 * Physical memory that a process holds, in bytes. On Linux it is read here (proc(5), `VmRSS`), because pidusage starts
 * a program there to learn the page size, and that program would inherit the environment with all secrets. On other
 * systems, `ps` or PowerShell is the only way to know.
 *
 * @throws Node's or pidusage's error when there is no such process.
 */
export async function residentBytesOf(pid: number): Promise<number> {
  if (process.platform !== 'linux') return (await pidusage(pid)).memory;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  // A zombie process has no such line, and holds no memory.
  const [, kibibytes = '0'] = /^VmRSS:\s*(\d+) kB$/m.exec(status) ?? [];
  return Number(kibibytes) * BYTES_PER_KIB;
}
