import { quotedInForm } from '../../http/multipart-form.js';

/** The name of a file for a store without folders: its path with `_` instead of `/`. */
export function flatName(name: string): string {
  return name.replaceAll('/', '_');
}

/**
 * Whether a name from a store can be that of a file sent with this name. Some stores keep the name in its form
 * encoding.
 */
export function isFlatNameOf(name: string, said: string): boolean {
  const flat = flatName(name);
  return [flat, quotedInForm(flat)].some((form) => form.normalize() === said.normalize());
}
