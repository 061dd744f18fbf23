import type { SettingKind } from './setting-kind.js';
import type { OnlyFromYou } from './trust/only-from-you.js';

/** What a default may depend on. */
export interface SettingContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Undefined where there is none. */
  readonly homeDirectory: string | undefined;
  readonly coreCount: number;
}

/** One row of the table: everything there is to know about one setting. */
export interface Setting<Value> {
  /** The environment variable. */
  readonly name: string;
  /** The heading it stands under in `.env.example` and the documentation. */
  readonly section: string;
  readonly kind: SettingKind<NonNullable<Value>>;
  /** As it would be written in `.env`. Absent: unset by default. */
  readonly defaultText?: string;
  /** A default that depends on the machine, with the words that document it. */
  readonly defaultFrom?: {
    readonly describe: string;
    readonly make: (context: SettingContext) => string | undefined;
    /** Whose fault a wrong default is: `TZ in the environment`. */
    readonly source?: string;
  };
  /** One or two sentences for people; ends with a full stop. */
  readonly description: string;
  /**
   * Variables of other programs that say the same, read where this one is not set, the first first. `prefix` goes before
   * an address without a scheme.
   */
  readonly alsoNamed?: readonly { readonly name: string; readonly prefix?: string }[];
  /** Never shown, nowhere: masked by value. */
  readonly secret?: true;
  /** A path: `~/` is the home directory, a relative one starts at the `.env` that says it, else at the working directory. */
  readonly path?: true;
  /** A stranger's file must not say it. Absent: harmless from anywhere. */
  readonly onlyFromYou?: OnlyFromYou;
  /** The option of the command line that sets it. */
  readonly flag?: string;
}
