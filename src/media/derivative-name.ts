/** The end of a derivative's name, after the name of its job and a dot. The last two are followed by an extension. */
export type DerivativeEnding = 'thumb.webp' | 'poster.webp' | 'cover.webp' | 'storyboard.webp' | 'small' | 'stripped';

/** Whether a file is a derivative of this job, by the {@link DerivativeEnding} of its name. */
export function isDerivativeName(file: string, jobName: string): boolean {
  return jobNameOf(file) === jobName;
}

/** The name of the job that makes files of this name. Undefined for names that no job uses. */
export function jobNameOf(file: string): string | undefined {
  return /^(.+)\.(?:(?:thumb|poster|cover|storyboard)\.webp|(?:small|stripped)\.\w{1,5})$/.exec(file)?.[1];
}
