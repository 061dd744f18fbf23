const NAMED: ReadonlyMap<string, number> = new Map([
  ['/dev/stdin', 0],
  ['/dev/stdout', 1],
  ['/dev/stderr', 2],
]);

/**
 * The open file descriptor of this process that a path stands for: `/dev/stdout`, or `/dev/fd/63`, which shells use for
 * `>(gzip)`. The caller has opened it, so it may be a pipe and cannot be a file that another user has put there.
 *
 * @returns undefined for every other path.
 */
export function descriptorOf(path: string): number | undefined {
  const [, digits] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,6})$/.exec(path) ?? [];
  return digits === undefined ? NAMED.get(path) : Number(digits);
}
