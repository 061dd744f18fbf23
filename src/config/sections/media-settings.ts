import { defaultWorkers } from '../setting-defaults.js';
import { boolean, choice, wholeNumber } from '../setting-kind.js';
import { SECTIONS } from '../setting-sections.js';
import type { Setting } from '../setting.js';
import { ORIGINALS, PRIVACY } from '../trust/only-from-you.js';

/** What is made of media, and by how many. */
export interface MediaSettings {
  /** 0: the cores. */
  readonly maxWorkers: number;
  readonly mediaDerivatives: boolean;
  readonly mediaTranscode: 'off' | 'balanced' | 'small';
  readonly mediaTranscodeOriginals: 'keep' | 'replace';
  readonly stripMetadata: boolean;
}

/** The part of the table of settings that is about processing media. */
export const MEDIA_SETTINGS: { readonly [Key in keyof MediaSettings]-?: Setting<MediaSettings[Key]> } = {
  maxWorkers: {
    name: 'MAX_WORKERS',
    section: SECTIONS.media,
    kind: wholeNumber({ min: 0, max: 64 }),
    defaultFrom: { describe: 'the number of cores, from 2 to 4', make: defaultWorkers },
    description: 'Worker processes that decode and encode images, video and audio. 0: one for each core.',
    flag: '--workers',
  },
  mediaDerivatives: {
    name: 'MEDIA_DERIVATIVES',
    section: SECTIONS.media,
    kind: boolean,
    defaultText: 'true',
    description:
      'Analyses media during an export, and makes thumbnails, posters and waveforms. Takes about 0.1 s of one core for a photo, 1 s for a video, and 20 kB of disk for each.',
    flag: '--no-derivatives',
  },
  mediaTranscode: {
    name: 'MEDIA_TRANSCODE',
    section: SECTIONS.media,
    kind: choice(['off', 'balanced', 'small']),
    defaultText: 'off',
    description:
      'Makes smaller copies of media. `balanced` plays everywhere; `small` takes longer and needs a recent player. A copy is kept only if it is smaller.',
    flag: '--transcode',
  },
  mediaTranscodeOriginals: {
    name: 'MEDIA_TRANSCODE_ORIGINALS',
    section: SECTIONS.media,
    kind: choice(['keep', 'replace']),
    defaultText: 'keep',
    description:
      'What happens to a file when a smaller copy of it was made. replace puts the copy in its place and deletes the original.',
    flag: '--replace-originals',
    onlyFromYou: ORIGINALS,
  },
  stripMetadata: {
    name: 'STRIP_METADATA',
    section: SECTIONS.media,
    kind: boolean,
    defaultText: 'false',
    description: 'Makes copies without place, time, device and names, to give away. The original is not changed.',
    flag: '--strip-metadata',
    onlyFromYou: PRIVACY,
  },
};
