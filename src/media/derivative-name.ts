/** What the name of a derivative ends with, behind the name of its job and a dot. The last two have an extension too. */
export type DerivativeEnding = 'thumb.webp' | 'poster.webp' | 'cover.webp' | 'storyboard.webp' | 'small' | 'stripped';

/** Whether a file name is that of a derivative of the job of this name, by {@link DerivativeEnding}. */
export function isDerivativeName(file: string, jobName: string): boolean {
  return jobNameOf(file) === jobName;
}

/** The name of the job that would have made a file of this name. Undefined where no job makes such a file. */
export function jobNameOf(file: string): string | undefined {
  return /^(.+)\.(?:(?:thumb|poster|cover|storyboard)\.webp|(?:small|stripped)\.\w{1,5})$/.exec(file)?.[1];
}
