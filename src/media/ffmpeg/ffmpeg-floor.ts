/**
 * The versions of ffmpeg that may read untrusted files. Its decoders get security fixes several times a year, in all maintained
 * branches. A version is accepted if it has the fixes of spring 2026, which Debian's security updates have as well.
 *
 * https://ffmpeg.org/security.html, https://ffmpeg.org/download.html#releases,
 * https://tracker.debian.org/news (ffmpeg 7:5.1.9-0+deb12u1, 13 May 2026).
 */
const FLOORS: readonly (readonly [major: number, minor: number, point: number])[] = [
  [4, 4, 7],
  [5, 1, 9],
  [6, 1, 5],
  [7, 1, 4],
  [8, 0, 2],
  [8, 1, 1],
];
/** Newer branches have started with all of these fixes. */
const FIRST_WITH_ALL = 9;
/** For builds named after a date instead of a branch: one month after the releases. */
const FIRST_DAY = '20260601';

/** For messages: `4.4.7, 5.1.9, …, or 9.0 and newer`. */
export const FFMPEG_FLOOR: string = `${FLOORS.map((version) => version.join('.')).join(', ')}, or ${FIRST_WITH_ALL}.0 and newer`;

/**
 * Whether a version has the fixes, by the output of `ffmpeg -version`: `5.1.9-0+deb12u1`, `n7.1.4-6-g…`, `8.1_2`,
 * `2026-07-01-git-…`, `N-125000-g…-20260701`. Suffixes of distributions do not matter: they package the point releases.
 *
 * @returns why it does not, as the end of a sentence; undefined where it does.
 */
export function floorProblem(version: string): string | undefined {
  const [, major, minor, point = '0'] = /^n?(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?(?![\d.])/.exec(version) ?? [];
  if (major !== undefined && minor !== undefined) return releaseProblem([Number(major), Number(minor), Number(point)]);
  const day = /(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)/.exec(version)?.slice(1).join('');
  if (day === undefined) return 'is a build that names neither a release nor its day';
  return day >= FIRST_DAY ? undefined : 'was built before the last repairs of security';
}

function releaseProblem([major, minor, point]: readonly [number, number, number]): string | undefined {
  if (major >= FIRST_WITH_ALL) return undefined;
  const branch = FLOORS.find((floor) => floor[0] === major && floor[1] === minor);
  if (branch === undefined) return 'is of a branch that is repaired no more';
  return point >= branch[2] ? undefined : `lacks the last repairs of security, which ${branch.join('.')} has`;
}
