import type { SettingKey, Settings } from '../../config/settings.js';
import { ChatferryError } from '../../errors/chatferry-error.js';

/** What an export was asked for, as far as parts of it can contradict each other. */
export interface ExportWishes {
  readonly references: readonly string[];
  readonly all?: true;
  readonly exclude: readonly string[];
  /** What was typed as options. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  /** What holds in the end, wherever it comes from. */
  readonly settings: Pick<Settings, 'mediaTranscode'>;
}

/**
 * Refuses options that contradict each other, or that do nothing as they are, by name.
 *
 * @throws {ChatferryError} `USAGE`.
 */
export function refuseContradictions(wishes: ExportWishes): void {
  const problem = problemOfChats(wishes) ?? problemOfModes(wishes) ?? problemOfCopies(wishes);
  if (problem !== undefined) throw new ChatferryError('USAGE', problem);
}

function problemOfChats({ references, all, exclude }: ExportWishes): string | undefined {
  if (all === true && references.length > 0) {
    return `--all contradicts the chats named beside it: ${references.join(', ')}. Take one out.`;
  }
  if (all !== true && exclude.length > 0) {
    const besides = references.length > 0 ? `, and not with the chats that are named: ${references.join(', ')}` : '';
    return `--exclude ${exclude.join(', ')} goes with --all${besides}.`;
  }
  if (all === true || references.length > 0) return undefined;
  return 'Which chat? Name one, or give --all. `chatferry chats` lists them.';
}

function problemOfModes({ flags }: ExportWishes): string | undefined {
  const { parallelMediaProcessing, parallelMediaMode: mode, maxParallelMedia: most } = flags;
  const parallel = [
    ...(mode === undefined || mode === 'sequential' ? [] : [`--mode ${mode}`]),
    ...(most === undefined || most === '1' ? [] : [`--max-parallel ${most}`]),
  ];
  if (parallelMediaProcessing === undefined || parallel[0] === undefined) return undefined;
  return `--no-parallel contradicts ${parallel[0]}. Take one out.`;
}

function problemOfCopies({ flags, settings }: ExportWishes): string | undefined {
  const { mediaDerivatives, mediaTranscode, mediaTranscodeOriginals } = flags;
  const makesNone = mediaDerivatives === 'false';
  if (mediaTranscodeOriginals === 'replace') {
    if (makesNone) return '--replace-originals contradicts --no-derivatives. Take one out.';
    if (settings.mediaTranscode === 'off') {
      return '--replace-originals needs smaller copies: --transcode balanced or small.';
    }
  }
  if (!makesNone || mediaTranscode === undefined || mediaTranscode === 'off') return undefined;
  return `--transcode ${mediaTranscode} contradicts --no-derivatives. Take one out.`;
}
