/** Counts the entries below a folder that are not uploaded, by kind. */
export interface LeftOut {
  /** Links are not followed, because their targets were not named. */
  linkCount: number;
  /** Pipes, sockets and devices: reading them may never end. */
  otherCount: number;
}

/** A sentence for the user; undefined if nothing was left out. @param title - Of the folder. */
export function leftOutNote(title: string, { linkCount, otherCount }: LeftOut): string | undefined {
  const parts = [
    ...(linkCount === 0
      ? []
      : [`${linkCount} ${linkCount === 1 ? 'link, which is' : 'links, which are'} not followed`]),
    ...(otherCount === 0 ? [] : [`${otherCount} that ${otherCount === 1 ? 'is not a file' : 'are not files'}`]),
  ];
  return parts.length === 0 ? undefined : `Left out in ${title}: ${parts.join(', and ')}.`;
}

/** The entries left out in one place, for programs. */
export interface LeftOutThere extends Readonly<LeftOut> {
  /** Of the folder. */
  readonly path: string;
  /** The whole folder was left out, because it holds upload sessions. */
  readonly isSessionFolder?: true;
}
