/** What needs no quotes in any shell in use. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * A command line of this program, as a person can type it again: `chatferry export 'Rust Gophers'`.
 *
 * @param args - Behind the program's name.
 * @param platform - Decides the quotes: `"…"` on Windows, else `'…'`.
 */
export function commandLineText(args: readonly string[], platform: NodeJS.Platform): string {
  return ['chatferry', ...args.map((arg) => quoted(arg, platform))].join(' ');
}

function quoted(arg: string, platform: NodeJS.Platform): string {
  if (PLAIN.test(arg)) return arg;
  return platform === 'win32' ? `"${arg.replaceAll('"', '\\"')}"` : `'${arg.replaceAll("'", "'\\''")}'`;
}
