import { readFile } from 'node:fs/promises';

/**
 * The physical memory of several processes, in bytes: a page that several of them share, such as the program itself,
 * counts once (`Pss` of https://docs.kernel.org/filesystems/proc.html, section 1.1). A process that has ended holds
 * nothing.
 *
 * @returns undefined if the system does not provide this: only Linux does.
 */
export async function proportionalBytes(pids: readonly number[]): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const sizes = await Promise.all(pids.map(pssOf));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function pssOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}
