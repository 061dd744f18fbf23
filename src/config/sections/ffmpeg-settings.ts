import { boolean, path } from '../setting-kind.js';
import { SECTIONS } from '../setting-sections.js';
import type { Setting } from '../setting.js';
import { PROGRAM } from '../trust/only-from-you.js';

/** Which programs read and write films and sound. */
export interface FfmpegSettings {
  readonly ffmpegPath: string | undefined;
  readonly ffprobePath: string | undefined;
  readonly ffmpegAnyVersion: boolean;
}

/** The part of the table of settings that is about ffmpeg. */
export const FFMPEG_SETTINGS: { readonly [Key in keyof FfmpegSettings]-?: Setting<FfmpegSettings[Key]> } = {
  ffmpegPath: {
    name: 'FFMPEG_PATH',
    section: SECTIONS.program,
    kind: path,
    description: 'The ffmpeg to use. Not set: the one on the PATH, else the one from the optional npm package.',
    path: true,
    onlyFromYou: PROGRAM,
  },
  ffprobePath: {
    name: 'FFPROBE_PATH',
    section: SECTIONS.program,
    kind: path,
    description: 'The ffprobe to use, found like ffmpeg.',
    path: true,
    onlyFromYou: PROGRAM,
  },
  ffmpegAnyVersion: {
    name: 'FFMPEG_ANY_VERSION',
    section: SECTIONS.program,
    kind: boolean,
    defaultText: 'false',
    description:
      'Also uses an ffmpeg without the latest security fixes. Only for your own files: files from others may exploit its vulnerabilities.',
    onlyFromYou: PROGRAM,
  },
};
