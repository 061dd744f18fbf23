import { ChatferryError } from '../../errors/chatferry-error.js';
import { nearName } from '../../errors/near-name.js';
import type { RemoteFile, UploadTarget } from '../../upload/upload-target.js';
import type { TargetKind, TargetSettings } from './target-kind.js';
import { directoryKind } from './targets/directory-kind.js';
import { geminiKind } from './targets/gemini-kind.js';
import { kimiKind } from './targets/kimi-kind.js';
import { openaiKind } from './targets/openai-kind.js';
import { s3Kind } from './targets/s3-kind.js';
import { supabaseKind } from './targets/supabase-kind.js';
import { plainTusKind, tusKind } from './targets/tus-kind.js';

/** All kinds of targets, in the order in which users see them. */
export const TARGET_KINDS: readonly TargetKind[] = [
  directoryKind,
  s3Kind,
  tusKind,
  plainTusKind,
  supabaseKind,
  geminiKind,
  openaiKind,
  kimiKind,
];

/** The user info of a spec: after the scheme, before the first slash. */
const AUTHORITY = /^([a-z][a-z0-9+.-]*:\/*)([^/\\]*)@/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:(?:\/\/)?/i;

export interface TargetContext {
  readonly settings: TargetSettings;
  /** The base of relative paths. */
  readonly cwd: string;
  /** The folder for files that a target returns, absolute: beside the manifest. @defaultValue `cwd` */
  readonly outputFolder?: string | undefined;
}

/** An open target and its place. */
export interface OpenedTarget extends AsyncDisposable {
  readonly target: UploadTarget;
  /** Whether a file that a manifest names may belong to this target. */
  holds(file: RemoteFile): Promise<boolean>;
}

/**
 * Opens the target that a spec names, such as `s3://bucket/prefix`. Nothing is sent: see `UploadTarget.check`.
 *
 * @throws {ChatferryError} `USAGE` that names the spec and lists the valid forms, or that names the missing setting.
 */
export async function openTarget(spec: string, context: TargetContext): Promise<OpenedTarget> {
  const { settings, cwd, outputFolder = cwd } = context;
  const kind = TARGET_KINDS.find(({ scheme }) => spec.toLowerCase().startsWith(scheme));
  if (kind?.scheme !== 'dir:') requireNoSecrets(spec);
  if (kind === undefined) throw unknownTarget(spec);
  const place = { spec, rest: spec.slice(kind.scheme.length), settings, cwd, outputFolder };
  const target = await kind.open(place);
  return {
    target,
    holds: async (file) => kind.holds(file, place),
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  };
}

/** Every user of the machine can read command lines, and they stay in the shell's history and are printed. */
function requireNoSecrets(spec: string): void {
  const [, scheme = '', credentials] = AUTHORITY.exec(spec) ?? [];
  if (credentials !== undefined) {
    const shown = `${scheme}***@${spec.slice(scheme.length + credentials.length + 1)}`;
    throw new ChatferryError(
      'USAGE',
      `${shown} contains a name or a password, which others can read. Remove it, and set the key of the target in the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, TUS_TOKEN, SUPABASE_KEY, GEMINI_API_KEY, OPENAI_API_KEY, KIMI_API_KEY.`,
    );
  }
  const query = /[?#]/.exec(spec);
  if (query === null) return;
  const message = `${spec.slice(0, query.index)}${query[0]}*** has something after a ${query[0]}, which targets do not have. Keys and tokens are set in the environment.`;
  throw new ChatferryError('USAGE', message);
}

function unknownTarget(spec: string): ChatferryError {
  const written = SCHEME.exec(spec)?.[0];
  const near = nearName(
    written ?? spec,
    TARGET_KINDS.map(({ scheme }) => scheme),
  );
  const isPath = written === undefined && /[\\/]|^\.+$/.test(spec);
  const guess = isPath ? ` A folder is written dir:${spec}.` : near === undefined ? '' : ` Did you mean ${near}?`;
  const forms = TARGET_KINDS.map(({ form, says }) => `  ${form.padEnd(32)}${says}`);
  return new ChatferryError('USAGE', [`"${spec}" is not a target.${guess} There are:`, ...forms].join('\n'));
}
