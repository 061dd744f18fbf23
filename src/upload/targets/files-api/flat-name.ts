import { quotedInForm } from '../../http/multipart-form.js';

/** What a store without folders is told that a file is called: its path with `_` in the place of `/`. */
export function flatName(name: string): string {
  return name.replaceAll('/', '_');
}

/** Whether a store may call a file so that it was told this name of. Some keep the name as the form writes it. */
export function isFlatNameOf(name: string, said: string): boolean {
  const flat = flatName(name);
  return [flat, quotedInForm(flat)].some((form) => form.normalize() === said.normalize());
}
