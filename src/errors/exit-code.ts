/** What the process says when it ends. docs/OPERATIONS.md lists them for users. */
export const ExitCode = {
  complete: 0,
  unexpected: 1,
  usage: 2,
  login: 3,
  mediaMissing: 4,
  archiveDamaged: 5,
  interrupted: 6,
  remoteRefused: 7,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
