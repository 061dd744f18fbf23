import { z } from 'zod';

import type { SettingKind } from '../setting-kind.js';

/** Where one data centre of Telegram listens. */
export interface DcAddress {
  readonly id: number;
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

// id = host : port, where an IPv6 host stands in brackets so that its colons cannot be taken for the port's.
const ENTRY = /^(?<id>\d{1,5})=(?:\[(?<v6>[0-9a-fA-F:.]+(?:%\w+)?)\]|(?<host>[\w.-]+)):(?<port>\d{1,5})$/;

/** `2=127.0.0.1:4430,4=[::1]:4431`: one entry for each data centre, none twice, in the order given. */
export const dcAddresses: SettingKind<readonly DcAddress[]> = {
  accepts:
    'a comma list of <dc>=<host>:<port> with each dc once, IPv6 in brackets, such as 2=127.0.0.1:4430,4=[::1]:4431',
  schema: z
    .string()
    .transform((text) => text.split(',').map((entry) => parseEntry(entry.trim())))
    .pipe(
      z.array(
        z
          .object({ id: z.number().min(1).max(0x7fff), host: z.string(), port: z.number().min(1).max(0xffff) })
          .readonly(),
      ),
    )
    .refine((addresses) => new Set(addresses.map(({ id }) => id)).size === addresses.length),
};

function parseEntry(entry: string): DcAddress | undefined {
  const groups = ENTRY.exec(entry)?.groups;
  const host = groups?.['v6'] ?? groups?.['host'];
  return host === undefined ? undefined : { id: Number(groups?.['id']), host, port: Number(groups?.['port']) };
}
