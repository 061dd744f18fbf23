import { z } from 'zod';

import { isTimeZone } from './time-zone/time-zone.js';

/** How the text of one sort of setting is checked and made into a value. */
export interface SettingKind<Value> {
  /** Parses the text from the environment: trimmed, never empty. */
  readonly schema: z.ZodType<Value, string>;
  /** Completes the sentence "NAME must be …". */
  readonly accepts: string;
  /** The text with what is secret in it masked. @defaultValue nothing is secret, or the setting says that all of it is */
  readonly mask?: (text: string) => string;
  /** Completes "NAME is …, which" for values that are understood but not supported; undefined for invalid ones. */
  readonly refusal?: (text: string) => string | undefined;
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  1: true,
  yes: true,
  on: true,
  false: false,
  0: false,
  no: false,
  off: false,
};

/** A switch, in any of the spellings people use, in any case. */
export const boolean: SettingKind<boolean> = {
  accepts: 'true or false (also 1/0, yes/no, on/off)',
  schema: z
    .string()
    .transform((text) => BOOLEANS[text.toLowerCase()])
    .pipe(z.boolean()),
};

/** Any text of one line. */
export const text: SettingKind<string> = {
  accepts: 'one line of text',
  schema: z.string().regex(/^[^\r\n\0]+$/),
};

/** A path, as this platform writes it. */
export const path: SettingKind<string> = { accepts: 'a path', schema: text.schema };

/** Text of a fixed form; white space inside is taken out first. */
export function pattern(form: RegExp, accepts: string): SettingKind<string> {
  return {
    accepts,
    schema: z
      .string()
      .transform((value) => value.replaceAll(/\s/g, ''))
      .pipe(z.string().regex(form)),
  };
}

/** One of a few words, in any case. */
export function choice<const Word extends string>(words: readonly Word[]): SettingKind<Word> {
  return {
    accepts: oneOf(words),
    schema: z
      .string()
      .transform((value): string => words.find((word) => word.toLowerCase() === value.toLowerCase()) ?? value)
      .pipe(z.enum(words)),
  };
}

/** Words separated by commas, or `all`, or `none`. The value has each once, in the order of `words`. */
export function wordList<const Word extends string>(words: readonly Word[]): SettingKind<readonly Word[]> {
  return {
    accepts: `all, none, or a comma list of: ${words.join(', ')}`,
    schema: z
      .string()
      .transform((value) => {
        const chosen = value.toLowerCase().split(',');
        if (chosen.length === 1 && chosen[0] === 'all') return [...words];
        return chosen.length === 1 && chosen[0] === 'none' ? [] : chosen.map((word) => word.trim());
      })
      .pipe(z.array(z.enum(words)))
      .transform((chosen) => words.filter((word) => chosen.includes(word))),
  };
}

export interface WholeNumberOptions {
  readonly min: number;
  readonly max: number;
  /** The meaning of 0, if it is special. */
  readonly zeroMeans?: string;
  /**
   * The value is the number times this, so that the program never sees the unit that people write.
   *
   * @defaultValue 1
   */
  readonly multiplier?: number;
}

/** A whole number within bounds, both included. */
export function wholeNumber({ min, max, zeroMeans, multiplier = 1 }: WholeNumberOptions): SettingKind<number> {
  const meaning = zeroMeans === undefined ? '' : `; 0 means ${zeroMeans}`;
  return {
    accepts: `a whole number from ${String(min)} to ${String(max)}${meaning}`,
    schema: z
      .string()
      .regex(/^\d+$/)
      .transform(Number)
      .pipe(z.number().min(min).max(max))
      .transform((value) => value * multiplier),
  };
}

/** Hosts, domains, addresses and networks, as the variable NO_PROXY lists them everywhere. */
export const wordsOfHosts: SettingKind<readonly string[]> = {
  accepts: 'a comma list of hosts, domains (.example.org), addresses, networks (10.0.0.0/8), or * for all',
  schema: z.string().transform((value) => value.split(/[\s,]+/).filter((word) => word !== '')),
};

/** A time zone, in the forms that `isTimeZone` knows. */
export const timeZone: SettingKind<string> = {
  accepts: 'an IANA time zone such as Europe/Berlin or UTC, or an offset such as -03:00',
  schema: z.string().refine(isTimeZone),
};

function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
