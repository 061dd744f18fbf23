/** What a store without folders is told that a file is called: its path with `_` in the place of `/`. */
export function flatName(name: string): string {
  return name.replaceAll('/', '_');
}
