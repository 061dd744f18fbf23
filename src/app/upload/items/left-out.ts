/** What is under a folder and is not uploaded, each kind counted. */
export interface LeftOut {
  /** Links are not followed: what they lead to was not named. */
  linkCount: number;
  /** Pipes, sockets and devices: a reader might wait for them for ever. */
  otherCount: number;
}

/** A sentence for people; undefined where nothing was left out. @param title - Of the folder. */
export function leftOutNote(title: string, { linkCount, otherCount }: LeftOut): string | undefined {
  const parts = [
    ...(linkCount === 0
      ? []
      : [`${linkCount} ${linkCount === 1 ? 'link, which is' : 'links, which are'} not followed`]),
    ...(otherCount === 0 ? [] : [`${otherCount} that ${otherCount === 1 ? 'is no file' : 'are no files'}`]),
  ];
  return parts.length === 0 ? undefined : `Left out in ${title}: ${parts.join(', and ')}.`;
}

/** What was left out in one place, for programs. */
export interface LeftOutThere extends Readonly<LeftOut> {
  /** Of the folder. */
  readonly path: string;
  /** It was left out as a whole: upload sessions are kept in it. */
  readonly isSessionFolder?: true;
}
