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
    defaultFrom: { describe: 'the cores, at least 2 and at most 4', make: defaultWorkers },
    description: 'Processes that read and make pictures, films and sound. 0: as many as there are cores.',
    flag: '--workers',
  },
  mediaDerivatives: {
    name: 'MEDIA_DERIVATIVES',
    section: SECTIONS.media,
    kind: boolean,
    defaultText: 'true',
    description:
      'Looks into media during an export and makes thumbnails, posters and waveforms. Costs about 0.1 s of a core for a photo, 1 s for a film, and 20 kB of disk each.',
    flag: '--no-derivatives',
  },
  mediaTranscode: {
    name: 'MEDIA_TRANSCODE',
    section: SECTIONS.media,
    kind: choice(['off', 'balanced', 'small']),
    defaultText: 'off',
    description:
      'Makes smaller copies of media: `balanced` plays everywhere, `small` takes longer and wants a player of this decade. Only what is smaller is kept.',
    flag: '--transcode',
  },
  mediaTranscodeOriginals: {
    name: 'MEDIA_TRANSCODE_ORIGINALS',
    section: SECTIONS.media,
    kind: choice(['keep', 'replace']),
    defaultText: 'keep',
    description:
      'What becomes of a medium of which a smaller copy was made. replace puts the copy in its place, and the original is gone.',
    flag: '--replace-originals',
    onlyFromYou: ORIGINALS,
  },
  stripMetadata: {
    name: 'STRIP_METADATA',
    section: SECTIONS.media,
    kind: boolean,
    defaultText: 'false',
    description: 'Makes copies to give away, without place, time, device and names. The original stays as it is.',
    flag: '--strip-metadata',
    onlyFromYou: PRIVACY,
  },
};
