import { z } from 'zod';

import type { SettingKind } from '../setting-kind.js';

/**
 * The address of a server that uploads go to. Credentials have settings of their own, which are masked; an address is
 * printed, and stands in sessions and manifests.
 */
export const webAddress: SettingKind<URL> = {
  accepts: 'an address such as https://storage.example.org, without user, password, query and fragment',
  schema: z.string().transform((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isPlain = url !== undefined && ['http:', 'https:'].includes(url.protocol) && isBare(url);
    if (url !== undefined && isPlain) return url;
    context.addIssue({ code: 'custom', message: 'not an address' });
    return z.NEVER;
  }),
  mask: maskAddress,
};

/** Masks the text before an `@` and after a `?`. */
export function maskAddress(text: string): string {
  return text.replace(/^([\w+.-]+:\/*)?[^@]*@/s, '$1***@').replace(/\?.*$/s, '?***');
}

function isBare({ username, password, search, hash }: URL): boolean {
  return username + password + search + hash === '';
}
